import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../src/node/server/limits.ts';
import { modelFile, octets, picture, serviceAt, untrained } from './service.ts';

const limits = { ...defaultLimits, receiveMs: 1000, headersMs: 500, bodyBytes: 200_000, allBodiesBytes: 500_000 };
const { app, tally } = await serviceAt(modelFile(untrained(), afterAll), { limits });
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as { port: number };

/** What the service sends until it closes the connection. */
function talk(speak: (say: (text: string | Buffer) => void) => unknown, endAfter?: number): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      if (endAfter !== undefined) setTimeout(() => socket.destroy(), endAfter);
      const stop = speak((text) => {
        if (socket.writable) socket.write(text);
      });
      socket.on('close', () => {
        if (typeof stop === 'function') stop();
        resolve(said);
      });
    });
  });
}

/** Milliseconds for a test whose client would never end by itself. */
const inTime = 10_000;

const head = (headers: string) =>
  `POST /v1/classify HTTP/1.1\r\nHost: shop\r\nContent-Type: application/octet-stream\r\n${headers}\r\n\r\n`;
const status = (said: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1]);
const codeOf = (said: string) => /"code":"([\w-]+)"/.exec(said)?.[1];

async function expectHealthy(): Promise<void> {
  const response = await app.inject({ method: 'POST', url: '/v1/classify', payload: picture(), headers: octets });
  expect(response.statusCode).toBe(200);
}

describe('hostile requests are rejected within their limit, and the service keeps answering', () => {
  it(
    'headers that drip',
    async () => {
      const said = await talk((say) => {
        say('GET /v2 HTTP/1.1\r\nHost: shop\r\n');
        const timer = setInterval(() => say('X-Drip: drop\r\n'), 50);
        return () => clearInterval(timer);
      });
      expect([status(said), codeOf(said)]).toEqual([408, 'too-slow']);
      await expectHealthy();
    },
    inTime,
  );

  it(
    'a body that drips',
    async () => {
      const said = await talk((say) => {
        say(head('Content-Length: 784'));
        const timer = setInterval(() => say('x'), 50);
        return () => clearInterval(timer);
      });
      expect([status(said), codeOf(said)]).toEqual([408, 'too-slow']);
      await expectHealthy();
    },
    inTime,
  );

  it(
    'a body that never ends',
    async () => {
      const said = await talk((say) => {
        say(head('Transfer-Encoding: chunked'));
        const timer = setInterval(() => say(`4000\r\n${'x'.repeat(0x4000)}\r\n`), 5);
        return () => clearInterval(timer);
      });
      expect([status(said), codeOf(said)]).toEqual([413, 'body-too-large']);
      await expectHealthy();
    },
    inTime,
  );

  it('a body that claims a gigabyte', async () => {
    const said = await talk((say) => say(head('Content-Length: 1000000000')));
    expect([status(said), codeOf(said)]).toEqual([413, 'body-too-large']);
  });

  it('many large bodies at once: those beyond the byte budget get 429, small ones are accepted', async () => {
    const ends: (() => void)[] = [];
    const held = Array.from({ length: 2 }, () =>
      talk((say) => {
        say(Buffer.concat([Buffer.from(head('Content-Length: 190000\r\nConnection: close')), Buffer.alloc(189_999)]));
        ends.push(() => say('x'));
      }),
    );
    // The held bodies may arrive after this one, so it is sent until it is rejected.
    const whole = Buffer.concat([
      Buffer.from(head('Content-Length: 190000\r\nConnection: close')),
      Buffer.alloc(190_000),
    ]);
    await vi.waitFor(async () => expect(codeOf(await talk((say) => say(whole)))).toBe('busy'));
    await expectHealthy();
    for (const end of ends) end();
    expect((await Promise.all(held)).map(codeOf)).toEqual(['bad-pixels', 'bad-pixels']);
    expect(codeOf(await talk((say) => say(whole)))).toBe('bad-pixels');
  });

  it('pipelined requests on connections that end before their answers: nothing of them is kept', async () => {
    const { received } = tally;
    const waiting = head('Content-Length: 6272').replace('/v1/classify', '/v1/classify?explain=true');
    const chunked = `${head('Transfer-Encoding: chunked')}4e20\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`;
    const all = Array.from({ length: 4 }, () =>
      talk((say) => {
        say(Buffer.concat([Buffer.from(waiting), Buffer.alloc(8 * 784), Buffer.from(chunked.repeat(6))]));
        return undefined;
      }, 300),
    );
    await Promise.all(all);
    await vi.waitFor(() => expect(tally.done).toBe(tally.received), { timeout: 5000 });
    expect(tally.received).toBeGreaterThan(received + 20);
    const large = await app.inject({
      method: 'POST',
      url: '/v1/classify',
      payload: Buffer.alloc(190_000),
      headers: octets,
    });
    expect(large.json().code).not.toBe('busy');
  });

  it('hundreds of pipelined requests: the connection is cut', async () => {
    const said = await talk((say) => say('GET /v2 HTTP/1.1\r\nHost: shop\r\n\r\n'.repeat(1500)));
    expect(said.split('HTTP/1.1 200').length).toBeLessThan(100);
    await expectHealthy();
  });

  it('bytes that are not HTTP after a valid request: that one is answered', async () => {
    const said = await talk((say) =>
      say(Buffer.concat([Buffer.from(head('Content-Length: 784')), picture(), Buffer.from('\0\u0001junk\r\n\r\n')])),
    );
    expect(status(said)).toBe(200);
    expect(said).toMatch(/connection: close/i);
  });

  it('chunked bodies count no more than their bytes', async () => {
    const body = `310\r\n${'x'.repeat(784)}\r\n0\r\n\r\n`;
    // A busy machine is no reason for another status.
    const chunked = head('Transfer-Encoding: chunked\r\nConnection: close');
    const patient = chunked.replace('/v1/classify', '/v1/classify?deadlineMs=60000');
    const all = Array.from({ length: 40 }, () => talk((say) => say(`${patient}${body}`)));
    expect(new Set((await Promise.all(all)).map(status))).toEqual(new Set([200]));
  });

  it('headers that are too large, and bytes that are not HTTP', async () => {
    const large = await talk((say) => say(`GET /v2 HTTP/1.1\r\nHost: shop\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`));
    expect([status(large), codeOf(large)]).toEqual([431, 'headers-too-large']);
    const noise = await talk((say) => say('\x16\x03\x01 hello\r\n\r\n'));
    expect([status(noise), codeOf(noise)]).toEqual([400, 'bad-http']);
    const nameless = await talk((say) => say('GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n'));
    expect([status(nameless), codeOf(nameless)]).toEqual([400, 'bad-http']);
    const old = await talk((say) => say('GET /v2 HTTP/1.0\r\n\r\n'));
    expect(status(old)).toBe(200);
    const both = await talk((say) => say(head('Content-Length: 4\r\nTransfer-Encoding: chunked')));
    expect(status(both)).toBe(400);
  });

  it('an image of 100 megapixels in a few kilobytes, before it is decoded', async () => {
    const payload = bomb(10_000, 10_000);
    expect(payload.length).toBeLessThan(200_000);
    const before = process.memoryUsage().rss;
    const response = await app.inject({ method: 'POST', url: '/v1/classify', payload, headers: octets });
    expect([response.statusCode, response.json().code]).toEqual([413, 'too-many-pixels']);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('an image whose text inflates to fifty megabytes', async () => {
    const text = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(50e6))]);
    const payload = bomb(28, 28, [chunk('zTXt', text)]);
    const response = await app.inject({
      method: 'POST',
      url: '/v1/classify?deadlineMs=60000',
      payload,
      headers: octets,
    });
    expect(response.statusCode).toBeLessThan(500);
  });
});

/** A black PNG, eight pixels a byte. */
function bomb(width: number, height: number, extra: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  framed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
  return framed;
}
