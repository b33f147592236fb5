import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { root, withFolder } from '../verify/selvedge.mjs';
import { createClient, formOf, requestBytes } from './client.mjs';
import { metric, placeModel, startService } from './processes.mjs';
import { classifyBytes } from './speed.mjs';

const photo = readFileSync(join(root, 'test/fixtures/photos/05-pullover-thumbnail.jpg'));
const pixels = Buffer.alloc(784, 7);
const octets = 'application/octet-stream';

/** Requests that the service answers with 200. */
async function validRequests() {
  const png = await sharp(photo).png().toBuffer();
  const webp = await sharp(photo).webp().toBuffer();
  const form = formOf([photo, png]);
  const tensor = { name: 'images', datatype: 'UINT8', shape: [1, 28, 28, 1] };
  const json = Buffer.from(JSON.stringify({ id: 'a', inputs: [{ ...tensor, data: [...pixels] }] }));
  const head = Buffer.from(JSON.stringify({ inputs: [{ ...tensor, parameters: { binary_data_size: 784 } }] }));
  const face = Buffer.from(JSON.stringify({ inputs: photo.toString('base64'), parameters: { top_k: 3 } }));
  return [
    ['/v1/classify', pixels, { 'Content-Type': octets }],
    ['/v1/classify', photo, { 'Content-Type': 'image/jpeg' }],
    ['/v1/classify?topK=2', png, { 'Content-Type': 'image/png' }],
    ['/v1/classify', webp, { 'Content-Type': 'image/webp' }],
    ['/v1/classify', form.body, { 'Content-Type': form.type }],
    ['/', face, { 'Content-Type': 'application/json' }],
    ['/v2/models/shop/infer', json, { 'Content-Type': 'application/json' }],
    [
      '/v2/models/shop/infer',
      Buffer.concat([head, pixels]),
      { 'Content-Type': octets, 'Inference-Header-Content-Length': head.length },
    ],
  ];
}

/** A request with bytes of its body, its head or both changed; the stated length is mostly correct. */
function mutations(valid) {
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  const changed = (bytes, changes) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) copy[Math.floor(at * (copy.length - 1))] = value;
    return copy;
  };
  return fc
    .record({
      of: fc.nat(valid.length - 1),
      body: fc.array(change, { maxLength: 10 }),
      head: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(change, { maxLength: 4 })),
      cut: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ of, body, head, cut }) => {
      const [path, original, headers] = valid[of];
      const kept = changed(original.subarray(0, Math.floor(original.length * cut)), body);
      const whole = requestBytes(path, kept, { ...headers, Connection: 'close' });
      const start = whole.length - kept.length;
      return Buffer.concat([changed(whole.subarray(0, start), head), kept]);
    });
}

/** Sends bytes on a connection of their own; resolves with the status, 0 where the connection was closed without one. */
function send(port, bytes, limitMs) {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    // A changed head may announce more than is sent, so the client disconnects, as clients do.
    const timer = setTimeout(() => socket.destroy(), limitMs);
    socket.on('data', (data) => {
      said += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? 0));
    });
  });
}

/** Mutated requests over real connections. */
export const serveFuzz = {
  promise: '10,000 fuzzed requests: no crash, no 500, memory back to its level',
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const service = await startService(folder, '--log-level', 'warn');
      const { port } = service;
      const valid = await validRequests();
      const count = quick ? 300 : 10_000;
      const statuses = {};
      const round = async (samples) => {
        const queue = [...samples];
        const one = async () => {
          for (let bytes = queue.pop(); bytes; bytes = queue.pop()) {
            const status = await send(port, bytes, 1000);
            statuses[status] = (statuses[status] ?? 0) + 1;
          }
        };
        await Promise.all(Array.from({ length: 16 }, one));
      };
      await round(fc.sample(mutations(valid), { numRuns: Math.floor(count / 5), seed: 1 }));
      const before = await metric(port, 'process_resident_memory_bytes');
      await round(fc.sample(mutations(valid), { numRuns: count - Math.floor(count / 5), seed: 2 }));
      const after = await metric(port, 'process_resident_memory_bytes');
      const client = createClient(port, 4);
      const wrong = [];
      for (const [path, body, headers] of valid) {
        const { status } = await client.ask(requestBytes(path, body, headers));
        if (status !== 200) wrong.push(`${path}: ${status}`);
      }
      client.close();
      const { status } = await service.stop();
      const failed = Object.keys(statuses).filter((code) => Number(code) >= 500);
      const grown = (after - before) / 1e6;
      return {
        figure: `${count} requests, ${failed.length === 0 ? 'no 5xx' : `5xx: ${failed}`}, memory ${grown.toFixed(0)} MB more than after the first fifth`,
        passes: failed.length === 0 && wrong.length === 0 && status === 0 && grown < 64,
        details: [`answers ${JSON.stringify(statuses)} (0: closed without one)`, ...wrong],
      };
    }),
};

function chunk(type, data) {
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

/** A grey PNG of zeros, with chunks before its pixels, of which it may hold fewer rows than it claims. */
function zerosPng(width, height, extra = [], rows = height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const data = deflateSync(Buffer.alloc((width + 1) * rows));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Sends on a connection until the service closes it. */
function speak(port, first, again, everyMs) {
  return new Promise((resolve) => {
    const began = performance.now();
    let said = '';
    let timer;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(first);
      if (again) timer = setInterval(() => socket.writable && socket.write(again), everyMs);
    });
    socket.on('data', (data) => {
      said += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? 0),
        seconds: (performance.now() - began) / 1000,
      });
    });
  });
}

/** Sends bytes and disconnects before all of it can be answered. */
function cutShort(port, bytes, afterMs) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ status: 0, seconds: afterMs / 1000 }));
    setTimeout(() => socket.destroy(), afterMs);
  });
}

/** Decompression bombs, huge images, slow and endless bodies. */
export const serveHostile = {
  promise:
    'a decompression bomb, a 100-megapixel image, a slow upload and an endless body are each rejected within their limit',
  measure: () =>
    withFolder(async (folder) => {
      placeModel(folder, 'shop', '1');
      const service = await startService(folder, '--log-level', 'warn');
      const { port } = service;
      const head = (headers) =>
        `POST /v1/classify HTTP/1.1\r\nHost: bench\r\nContent-Type: ${octets}\r\n${headers}\r\n\r\n`;
      const post = (body) => requestBytes('/v1/classify', body, { 'Content-Type': octets, Connection: 'close' });
      const text = chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(200e6))]));
      const before = await metric(port, 'process_resident_memory_bytes');
      const attacks = [
        [
          'a decompression bomb of 900 megapixels',
          [413],
          5,
          () => speak(port, post(zerosPng(30_000, 30_000, [], 1000))),
        ],
        ['a 100-megapixel image', [413], 5, () => speak(port, post(zerosPng(10_000, 10_000)))],
        [
          'a text of 200 MB in a picture of 28×28',
          [200, 400, 413, 422],
          5,
          () => speak(port, post(zerosPng(28, 28, [text]))),
        ],
        ['a slow upload', [408], 20, () => speak(port, head('Content-Length: 784'), 'x', 200)],
        ['slow headers', [408], 10, () => speak(port, 'GET /v2 HTTP/1.1\r\n', 'X-Drip: x\r\n', 200)],
        [
          'pipelined requests on connections that end before their answers',
          [0],
          10,
          async () => {
            const slow = requestBytes('/v1/classify?explain=true', Buffer.alloc(8 * 784, 9), {
              'Content-Type': octets,
            });
            const all = Buffer.concat([slow, ...Array(40).fill(classifyBytes)]);
            const gone = await Promise.all(Array.from({ length: 20 }, () => cutShort(port, all, 300)));
            return gone[0];
          },
        ],
        [
          'an endless body',
          [413],
          10,
          () => speak(port, head('Transfer-Encoding: chunked'), `10000\r\n${'x'.repeat(0x10000)}\r\n`, 2),
        ],
      ];
      const results = await Promise.all(
        attacks.map(async ([name, statuses, most, attack]) => {
          const { status, seconds } = await attack();
          const passes = statuses.includes(status) && seconds < most;
          return { passes, line: `${name}: ${status} after ${seconds.toFixed(1)} s${passes ? '' : '  FAIL'}` };
        }),
      );
      const client = createClient(port, 1);
      const good = await client.ask(classifyBytes);
      client.close();
      const grown = ((await metric(port, 'process_resident_memory_bytes')) - before) / 1e6;
      await service.stop();
      return {
        figure: `${results.filter(({ passes }) => passes).length} of ${results.length} rejected in time; memory ${grown.toFixed(0)} MB more; then a valid request: ${good.status}`,
        passes: results.every(({ passes }) => passes) && good.status === 200 && grown < 150,
        details: results.map(({ line }) => line),
      };
    }),
};
