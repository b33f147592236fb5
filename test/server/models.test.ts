import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { createTeamOf } from '../../src/core/engine/workerTeam.ts';
import { openServable } from '../../src/core/model/ensemble.ts';
import type { Model } from '../../src/core/model/model.ts';
import { builtFile } from '../../src/node/builtFile.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import type { ServiceOptions } from '../../src/node/server/service.ts';
import { photos, temporaryFolder } from '../cli/selvedge.ts';
import { modelFile, octets, picture, place, serviceAt, startingAt, untrained } from './service.ts';

const photo = readFileSync(join(photos, '16-coat-square.jpg'));

describe('a folder of models', () => {
  it('serves each name at its newest version, versions ordered as numbers', async () => {
    const folder = temporaryFolder();
    for (const version of ['2', '10', '9']) await place(folder, 'shop', version);
    await place(folder, 'coats', '1.9');
    await place(folder, 'coats', '1.10');
    await place(folder, 'plain', '.');
    await place(folder, 'not a name', '1');
    await mkdir(join(folder, 'empty'));
    const { registry } = await serviceAt(folder);
    expect(registry.all().map(({ name, version }) => `${name} ${version}`)).toEqual([
      'coats 1.10',
      'plain 1',
      'shop 10',
    ]);
  });

  it('loads a new version without a failed request, each answer with the bits of the version that it names', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1', untrained(1));
    const { app, registry, lines } = await serviceAt(folder, { workers: 2 });
    const expected = new Map<string, unknown>();
    const versions = new Set<string>();
    let stop = false;
    const ask = async (payload: Buffer, headers: Record<string, string>) => {
      while (!stop) {
        const response = await app.inject({
          method: 'POST',
          url: '/v1/classify?topK=10&deadlineMs=60000',
          payload,
          headers,
        });
        expect(response.statusCode).toBe(200);
        const { model, pictures } = response.json();
        expect(response.headers['x-model-version']).toBe(model.version);
        const key = `${model.version} ${payload.length}`;
        if (!expected.has(key)) expected.set(key, pictures);
        expect(pictures).toEqual(expected.get(key));
        versions.add(model.version);
      }
    };
    const clients = [
      ...Array.from({ length: 4 }, () => ask(picture(), octets)),
      ask(photo, { 'content-type': 'image/jpeg' }),
    ];
    const answered = async (version: string) => {
      for (const { length } of [picture(), photo]) {
        await vi.waitUntil(() => expected.has(`${version} ${length}`), 20_000);
      }
    };
    await answered('1');
    for (const version of ['2', '3', '4']) {
      await place(folder, 'shop', version, untrained(Number(version)));
      await registry.refresh();
      expect(registry.get('shop').version).toBe(version);
      await answered(version);
    }
    stop = true;
    await Promise.all(clients);
    expect([...versions].sort()).toEqual(['1', '2', '3', '4']);
    expect(new Set([...expected.values()].map((value) => JSON.stringify(value))).size).toBe(8);
    expect(lines.filter((line) => line.includes('model retired'))).toHaveLength(3);
  });

  it('refuses a broken file, says so in log and metrics, and keeps the old one until it is repaired', async () => {
    const folder = temporaryFolder();
    const file = await place(folder, 'shop', '1');
    const { app, registry, lines } = await serviceAt(folder);
    const broken = join(folder, 'shop/2/model.safetensors');
    await mkdir(join(folder, 'shop/2'));
    await writeFile(broken, readFileSync(file).subarray(0, 9000));
    await registry.refresh();
    await registry.refresh();
    expect(registry.get('shop').version).toBe('1');
    expect(lines.filter((line) => line.includes('model refused'))).toHaveLength(1);
    expect((await app.inject('/metrics')).body).toContain(
      'selvedge_model_loads_total{model="shop",outcome="refused"} 1',
    );
    expect((await app.inject('/v2/health/ready')).statusCode).toBe(200);

    // In its own place, too: the version that answers is overwritten by something else.
    await writeFile(file, 'not a model');
    await registry.refresh();
    expect(registry.get('shop').version).toBe('1');

    await place(folder, 'shop', '2', untrained(2));
    await registry.refresh();
    expect(registry.get('shop').version).toBe('2');
  });

  it('loads a file that changed in its place; the digest shows it', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1', untrained(1));
    const { registry } = await serviceAt(folder);
    const { digest } = registry.get('shop');
    const aside = temporaryFolder();
    await rename(await place(aside, 'shop', '1', untrained(2)), join(folder, 'shop/1/model.safetensors'));
    await registry.refresh();
    expect(registry.get('shop')).toMatchObject({ version: '1', digest: expect.not.stringMatching(digest) });
  });

  it('drops a model whose folder is gone, and the newest version', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1');
    await place(folder, 'shop', '2');
    await place(folder, 'coats', '1');
    const { app, registry } = await serviceAt(folder);
    await rm(join(folder, 'coats'), { recursive: true });
    await rm(join(folder, 'shop/2'), { recursive: true });
    await registry.refresh();
    expect(registry.all().map(({ name, version }) => [name, version])).toEqual([['shop', '1']]);
    const metrics = (await app.inject('/metrics')).body;
    expect(metrics.match(/^selvedge_model_info\{.*$/gm)).toHaveLength(1);
  });

  it('keeps its models where nothing is found any more', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1');
    const { registry, lines } = await serviceAt(folder);
    await rename(join(folder, 'shop'), join(folder, '.away'));
    for (let n = 0; n < 3; n++) await registry.refresh();
    expect(registry.all()).toHaveLength(1);
    expect(lines.filter((line) => line.includes('no model is found any more'))).toHaveLength(1);
  });

  it('keeps a model whose folder cannot be read for a while', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1');
    await place(folder, 'coats', '1');
    const { registry, lines } = await serviceAt(folder);
    await rename(join(folder, 'coats'), join(folder, '.away'));
    // Root can read everything but a link to itself.
    await symlink('coats', join(folder, 'coats'));
    for (let n = 0; n < 2; n++) await registry.refresh();
    expect(registry.all().map(({ name }) => name)).toEqual(['coats', 'shop']);
    expect(lines.filter((line) => line.includes('it cannot be read (ELOOP)')).length).toBeGreaterThan(0);
  });

  it('accepts no requests before every model that it finds has answered', async () => {
    const folder = temporaryFolder();
    await place(folder, 'coats', '1');
    await place(folder, 'shop', '1', untrained(2));
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let opened = 0;
    const openWorker = async (model: Model) => {
      if (opened++ > 0) await gate;
      return openServable(model, await nodeEngine(), 1);
    };
    const { app, loaded, lines } = await startingAt(folder, { openWorker });
    await vi.waitFor(() => expect(lines.join('')).toContain('model loaded'));
    expect((await app.inject('/v2/health/ready')).statusCode).toBe(503);
    const early = await app.inject({ method: 'POST', url: '/v1/classify', payload: picture(), headers: octets });
    expect([early.statusCode, early.json().code]).toEqual([503, 'not-ready']);
    open();
    await loaded;
    expect((await app.inject('/v2/health/ready')).statusCode).toBe(200);
  });

  it('reports once what it ignores because it is not a model', async () => {
    const folder = temporaryFolder();
    await place(folder, 'shop', '1');
    await place(folder, 'na me', '1');
    await place(folder, '.hidden', '1');
    await rename(await place(folder, 'loose', '1'), join(folder, 'loose.safetensors'));
    const { registry, lines } = await serviceAt(folder);
    await registry.refresh();
    const ignored = lines.filter((line) => line.includes('ignored')).map((line) => JSON.parse(line).path);
    expect(ignored.sort()).toEqual([join(folder, 'loose.safetensors'), join(folder, 'na me')]);
  });

  it('tries a file again that was refused for another cause', async () => {
    let isOut = true;
    const openWorker = async (model: Model) => {
      if (isOut) throw new Error('out of memory');
      return openServable(model, await nodeEngine(), 1);
    };
    const { registry, lines } = await serviceAt(modelFile(), { openWorker });
    await registry.refresh();
    expect(registry.all()).toEqual([]);
    expect(lines.filter((line) => line.includes('out of memory'))).toHaveLength(1);
    isOut = false;
    await registry.refresh();
    expect(registry.all()).toHaveLength(1);
  });
});

it('is not ready, and answers 503, until a model has answered', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const options: Partial<ServiceOptions> = {
    openWorker: async (model) => {
      await gate;
      return openServable(model, await nodeEngine(), 1);
    },
  };
  const { app, loaded } = await startingAt(modelFile(), options);
  const ask = () => app.inject({ method: 'POST', url: '/v1/classify', payload: picture(), headers: octets });
  expect((await app.inject('/v2/health/live')).statusCode).toBe(200);
  expect((await app.inject('/v2/health/ready')).statusCode).toBe(503);
  const early = await ask();
  expect([early.statusCode, early.json().code, early.headers['retry-after']]).toEqual([503, 'not-ready', '1']);
  open();
  await loaded;
  expect((await app.inject('/v2/health/ready')).statusCode).toBe(200);
  expect((await ask()).statusCode).toBe(200);
});

it('a killed worker thread is replaced, its requests answered, and the service keeps answering', async () => {
  const threads: Worker[] = [];
  const script = builtFile('node/workers/worker.js');
  const { app, registry, lines } = await serviceAt(modelFile(), {
    workers: 2,
    openWorker: async (model) => {
      const engine = await nodeEngine();
      const createTeam: typeof engine.createTeam = (options) =>
        createTeamOf(options, (member, { done, failed }) => {
          const worker = new Worker(script, { workerData: member });
          threads.push(worker);
          worker.on('message', done);
          worker.on('error', (error) => failed('failed', error));
          worker.on('exit', (code) => failed(`ended unexpectedly (exit code ${code})`));
          return { post: (jobs) => worker.postMessage(jobs), terminate: () => worker.terminate() };
        });
      return openServable(model, { ...engine, createTeam }, 1);
    },
  });
  const ask = () => app.inject({ method: 'POST', url: '/v1/classify', payload: picture(), headers: octets });
  const first = (await ask()).json().pictures;
  for (let round = 0; round < 3; round++) {
    const asked = Array.from({ length: 40 }, ask);
    await Promise.all(threads.splice(0).map((worker) => worker.terminate()));
    for (const response of await Promise.all(asked)) {
      expect(response.statusCode).toBe(200);
      expect(response.json().pictures).toEqual(first);
    }
  }
  expect(registry.get('shop').batcher.alive()).toBeGreaterThan(0);
  expect(lines.join('')).toContain('a worker thread died and is being replaced');
});
