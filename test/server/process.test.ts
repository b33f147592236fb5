import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { serveCommand } from '../../src/node/cli/commands/serve.ts';
import { createService } from '../../src/node/server/service.ts';
import { type StartOptions, startService } from '../../src/node/server/start.ts';
import { expectOneSentence, type Running, selvedge, startSelvedge, succeed, temporaryFolder } from '../cli/selvedge.ts';
import { modelFile, picture, place, serviceOptions, untrained } from './service.ts';

const model = modelFile(untrained(), afterAll);

interface Serving extends Running {
  readonly url: string;
}

async function serve(args: readonly string[]): Promise<Serving> {
  let text = '';
  const running = startSelvedge(['serve', '--port', '0', ...args]);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  running.child.stdout!.on('data', (more: string) => {
    text += more;
  });
  await running.seen('Try it:');
  return { ...running, url: /Serving at (\S+)/.exec(text)![1]! };
}

const classify = (url: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/classify`, {
    method: 'POST',
    body: picture(),
    headers: { 'content-type': 'application/octet-stream', ...headers },
  });

/** Clients that ask over kept connections until they cannot connect any more; what else went wrong is listed. */
function load(url: string, clients: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const tally = { answered: 0, wrong: [] as string[], versions: new Set<string>() };
  let stopped = false;
  const one = () =>
    new Promise<boolean>((resolve) => {
      const sent = request(`${url}/v1/classify`, {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/octet-stream', 'content-length': 784 },
      });
      sent.on('response', (response) => {
        response.resume();
        response.on('end', () => {
          tally.answered++;
          tally.versions.add(String(response.headers['x-model-version']));
          if (response.statusCode !== 200) tally.wrong.push(String(response.statusCode));
          resolve(true);
        });
        response.on('error', (error) => {
          tally.wrong.push(error.message);
          resolve(false);
        });
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A new connection that the program has not accepted yet is reset when it stops listening: nothing of it was read.
        const unread = error.code === 'ECONNREFUSED' || (error.code === 'ECONNRESET' && !sent.reusedSocket);
        if (!unread) tally.wrong.push(`${error.code} reused=${sent.reusedSocket}`);
        resolve(false);
      });
      sent.end(picture());
    });
  const client = async () => {
    while (!stopped && (await one())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    tally,
    async stop() {
      stopped = true;
      await done;
      agent.destroy();
    },
  };
}

const until = (condition: () => boolean) =>
  new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!condition()) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });

describe('selvedge serve: the whole program', () => {
  it('SIGTERM under load: unready, then no request whose headers were read is lost, exit 0', async () => {
    const { url, child, ended } = await serve([model, '--drain-ms', '1500']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const first = await classify(url);
    expect(await first.json()).toMatchObject({ model: { name: 'shop', version: '1' } });
    const clients = load(url, 16);
    await until(() => clients.tally.answered > 100);
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // A second signal changes nothing.
    child.kill('SIGTERM');
    expect((await fetch(`${url}/v2/health/ready`)).status).toBe(503);
    const during = await classify(url);
    expect([during.status, during.headers.get('connection')]).toEqual([200, 'close']);
    const { status, stdout, stderr } = await ended;
    await clients.stop();
    expect(stdout).toContain(`curl -H 'Content-Type: application/octet-stream' --data-binary @- '${url}/v1/classify'`);
    expect({ status, wrong: clients.tally.wrong }).toEqual({ status: 0, wrong: [] });
    const last = JSON.parse(stderr.trimEnd().split('\n').at(-1)!);
    expect(last.msg).toBe('stopped');
    expect(last.answered).toBe(last.received);
    expect(last.received).toBe(clients.tally.answered + 3);
  });

  it('loads a new version and refuses a broken one under load, without a failed request', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1');
    const { url, child, ended, seen } = await serve([folder, '--workers', '1']);
    const clients = load(url, 2);
    await place(folder, 'shop', '2', untrained(2));
    mkdirSync(join(folder, 'shop/3'));
    writeFileSync(join(folder, 'shop/3/model.safetensors'), 'broken');
    await seen('model refused');
    await until(() => clients.tally.versions.has('2'));
    await clients.stop();
    expect([clients.tally.wrong, [...clients.tally.versions]]).toEqual([[], ['1', '2']]);
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
  });

  it('beyond this machine it answers only requests with a key of its file, and ends with 0 at Ctrl-C', async () => {
    const keys = join(temporaryFolder(), 'keys.json');
    const { stdout } = await succeed(['keys', 'add', 'shop', '--file', keys]);
    const options = ['--host', '0.0.0.0', '--api-keys', keys, '--drain-ms', '0', '--log-level', 'warn'];
    const { url, child, ended } = await serve([model, ...options]);
    const local = url.replace('0.0.0.0', '127.0.0.1');
    expect((await classify(local)).status).toBe(401);
    expect((await classify(local, { authorization: `Bearer ${stdout.split('\n')[0]}` })).status).toBe(200);
    expect((await fetch(`${local}/v2/health/ready`)).status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });

  it('SIGTERM while it loads its models ends it at once, with 0', async () => {
    const { child, ended, seen } = startSelvedge(['serve', model, '--port', '0', '--workers', '64']);
    await seen('models are being loaded');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ status: 0, signal: null, stdout: '' });
  });

  it('costs one sentence where it cannot start', async () => {
    expectOneSentence(await selvedge(['serve', model, '--host', '0.0.0.0']), /--api-keys FILE, or set --anonymous/);
    const loud = await selvedge(['serve', model, '--log-level', 'loud']);
    expectOneSentence(loud, /--log-level is 'loud', but should be one of fatal, error, warn/);
  });
});

it('answers the first request of a connection that was idle when it stopped accepting, and closes it', async () => {
  const { app, registry, close } = await createService({ ...serviceOptions, path: model });
  await registry.refresh();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  let said = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (bytes) => {
    said += bytes.toString('latin1');
  });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  const accepted = new Promise((resolve) => app.server.once('connection', resolve));
  await accepted;
  const closed = close(60_000);
  await until(() => !app.server.listening);
  socket.write('POST /v1/classify HTTP/1.1\r\nHost: shop\r\nContent-Type: application/octet-stream\r\n');
  socket.write(`Content-Length: 784\r\n\r\n`);
  socket.write(picture());
  await Promise.all([ended, closed]);
  expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(said).toMatch(/^connection: close\r$/im);
});

describe('what keeps it from starting', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  );
  afterAll(() => void taken.close());
  const damaged = modelFile(untrained(), afterAll);
  writeFileSync(damaged, readFileSync(damaged).subarray(0, 5000));
  const empty = temporaryFolder(afterAll);

  it.each<[string, Partial<StartOptions>, RegExp]>([
    ['listening to strangers without keys', { host: '::' }, /--api-keys FILE, or set --anonymous/],
    ['a port that is taken', { port }, /another program listens there already/],
    ['no model', { path: empty }, /There is no model at .*NAME\/VERSION\/model\.safetensors/],
    ['a damaged model', { path: damaged }, /shop\.safetensors/],
    ['keys, and that none are needed', { apiKeys: join(empty, 'none.json'), anonymous: true }, /use one of the two/],
    ['no file of keys', { apiKeys: join(empty, 'none.json') }, /selvedge keys add NAME/],
  ])('%s', async (_, options, sentence) => {
    const start = startService({
      ...serviceOptions,
      path: model,
      host: '127.0.0.1',
      port: 0,
      pollMs: 1000,
      ...options,
    });
    await expect(start).rejects.toMatchObject({ name: 'SelvedgeError', message: expect.stringMatching(sentence) });
  });

  it('an invalid port', async () => {
    const parsed = serveCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(parsed.parseAsync([model, '--port', '70000'], { from: 'user' })).rejects.toThrow(
      /'70000' is invalid.*a port from 0 to 65535/,
    );
  });
});
