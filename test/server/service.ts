import { writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, onTestFinished, TestRunner } from 'vitest';
import { fashionMnistClassNames } from '../../src/core/data/classNames.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { writeModel } from '../../src/core/formats/modelFile.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import type { Model, ServableModel } from '../../src/core/model/model.ts';
import { defaultLimits } from '../../src/node/server/limits.ts';
import type { LogStream } from '../../src/node/server/log.ts';
import { createService, type Service, type ServiceOptions } from '../../src/node/server/service.ts';
import { temporaryFolder } from '../cli/selvedge.ts';

/** An untrained model: its answers are as good as any for what these tests ask. */
export function untrained(seed = 0, spec: readonly LayerSpec[] = builtinNetwork('reference')): Model {
  const network = buildNetwork(spec);
  return {
    network,
    parameters: initialParameters(network, seed),
    classNames: fashionMnistClassNames,
    preprocessing: preprocessingFor(network.inputShape),
  };
}

/** Writes a model at FOLDER/NAME/VERSION, as a folder of models has it. */
export async function place(folder: string, name: string, version: string, model = untrained()): Promise<string> {
  const at = join(folder, name, version);
  await mkdir(at, { recursive: true });
  const file = join(at, 'model.safetensors');
  await writeFile(file, writeModel(model));
  return file;
}

/** A model's file of its own. */
export function modelFile(model: ServableModel = untrained(), keep?: (remove: () => void) => void): string {
  const file = join(temporaryFolder(keep), 'shop.safetensors');
  writeFileSync(file, writeModel(model));
  return file;
}

export const serviceOptions = {
  workers: 1,
  maxBatch: 32,
  maxDelayMs: 0,
  queue: 256,
  apiKeys: undefined,
  keys: undefined,
  anonymous: false,
  loopback: true,
  limits: defaultLimits,
  logLevel: 'info',
  log: { write: () => undefined, flush: async () => undefined },
} as const;

/** A service without a port whose models are being loaded. It is closed after the test, or the tests, that it is made for. */
export async function startingAt(
  path: string,
  options: Partial<ServiceOptions> = {},
): Promise<Service & { readonly lines: string[]; readonly loaded: Promise<void> }> {
  const lines: string[] = [];
  const log: LogStream = { write: (line) => void lines.push(line), flush: async () => undefined };
  const service = await createService({ ...serviceOptions, path, log, ...options });
  (TestRunner.getCurrentTest() ? onTestFinished : afterAll)(() => service.close());
  return { ...service, lines, loaded: service.registry.refresh() };
}

/** The same when its models have answered. */
export async function serviceAt(...options: Parameters<typeof startingAt>): ReturnType<typeof startingAt> {
  const service = await startingAt(...options);
  await service.loaded;
  return service;
}

/** A picture of 784 bytes that differs with its number. */
export function picture(n = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length: 784 }, (_, i) => (i * 37 + n * 101) % 256));
}

export const octets = { 'content-type': 'application/octet-stream' };

/** A multipart/form-data body; values that are bytes become files. */
export function form(parts: readonly (readonly [name: string, value: string | Uint8Array])[]) {
  const boundary = 'selvedge-boundary';
  const chunks = parts.flatMap(([name, value]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${typeof value === 'string' ? '' : '; filename="photo.png"\r\nContent-Type: image/png'}\r\n\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
