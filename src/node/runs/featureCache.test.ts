import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fitReliability } from '../../core/evaluation/fitReliability.ts';
import { initialParameters } from '../../core/graph/initialise.ts';
import { buildNetwork } from '../../core/graph/network.ts';
import { openClassifier } from '../../core/model/classifier.ts';
import type { Backbone } from '../../core/transfer/backbone.ts';
import { type TransferOptions, transfer } from '../../core/transfer/transfer.ts';
import { loadDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { type FeatureCacheOptions, openFeatureCache } from './featureCache.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'selvedge-features-'));
  folder = join(parent, 'features');
});
afterEach(() => rmSync(parent, { recursive: true }));

const engine = await nodeEngine();
const data = await loadDataset({ folder: 'test/fixtures/fashion-mnist-subset' });
const network = buildNetwork([
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 4, kernelSize: 5, strides: 3 },
  { type: 'relu' },
  { type: 'globalAveragePooling2d' },
]);
const backbone: Backbone = { name: 'made up', network, parameters: initialParameters(network, 3), divideBy: 255 };
const options: TransferOptions = { backbone, threads: 1, perClass: 8 };
const warnings: string[] = [];
const open = (changed: Partial<FeatureCacheOptions> = {}) =>
  openFeatureCache({
    ...{ backbone, engine, folder, pictures: undefined, onWarning: (sentence: string) => warnings.push(sentence) },
    ...changed,
  });
const cached = async (changed: Partial<TransferOptions> = {}) =>
  transfer(data, engine, { ...options, ...changed, store: await open() });
const packs = () =>
  readdirSync(folder).flatMap((key) => readdirSync(join(folder, key)).map((name) => join(folder, key, name)));

describe('features on the disk', () => {
  test('give the bits that computing gives, and nothing is computed twice', async () => {
    const without = await transfer(data, engine, options);
    const first = await cached();
    const second = await cached();
    expect(first.features).toEqual({ pictures: 80, stored: 0 });
    expect(second.features).toEqual({ pictures: 80, stored: 80 });
    for (const { model } of [first, second]) expect(model.parameters).toEqual(without.model.parameters);
    if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('another class or other views: the new pictures alone are computed, with the same bits', async () => {
    await cached({ classes: ['0-2'] });
    const more = await cached({ classes: ['0-3'] });
    expect(more.features).toEqual({ pictures: 32, stored: 24 });
    const without = await transfer(data, engine, { ...options, classes: ['0-3'] });
    expect(more.model.parameters).toEqual(without.model.parameters);
    // Mirrored pictures are others.
    expect((await cached({ classes: ['0-3'], flip: 'random' })).features).toEqual({ pictures: 64, stored: 32 });
  });

  test('are those of the same weights, input, pictures and engine only', async () => {
    await cached();
    const pixels = new Uint8Array(2 * 784);
    await data.train.read([0, 1], pixels);
    const store = await open();
    const keys = store.keysOf(pixels, 784);
    await store.write(
      keys,
      Float32Array.from({ length: 8 }, (_, i) => i / 3),
    );
    const found = async (changed: Partial<FeatureCacheOptions>) => {
      const features: [string, Float32Array][] = [];
      await (await open(changed)).read(keys, (key, values) => features.push([key, values]));
      return features;
    };
    expect((await found({})).map(([key]) => key).sort()).toEqual([...keys].sort());
    const parameters = backbone.parameters.slice();
    parameters[0]! += 0.001;
    for (const changed of [
      { backbone: { ...backbone, parameters } },
      { backbone: { ...backbone, divideBy: 128 } },
      {
        backbone: {
          ...backbone,
          network: buildNetwork([{ type: 'input', shape: [30, 30, 1] }, ...network.spec.slice(1)]),
        },
      },
      { pictures: { photos: 'garment', negate: true } },
      { engine: { wasmSha256: '0' } },
    ] as const)
      expect(await found(changed)).toEqual([]);
  });

  test('of the training images stand for those that the in-distribution score is fitted on', async () => {
    const { model, trainSamples, trainFeatures } = await cached({ perClass: null });
    const classifier = await openClassifier(model, engine, 1);
    const options = { ...{ classifier, data, selvedge: '0' }, outOfDistributionPictures: 4 };
    const chosenBy = { validationSamples: Uint32Array.from({ length: 20 }, (_, i) => i) };
    const computed = await fitReliability({ ...options, trainSamples, chosenBy });
    expect(await fitReliability({ ...options, trainSamples, chosenBy, trainFeatures })).toEqual(computed);
    // They are used: others give another score, and those of another layer none.
    const others = { ...trainFeatures, values: Float32Array.from(trainFeatures.values, (value, i) => value * (i % 7)) };
    expect(await fitReliability({ ...options, trainSamples, chosenBy, trainFeatures: others })).not.toEqual(computed);
    const elsewhere = { ...others, layer: 'relu_1' };
    expect(await fitReliability({ ...options, trainSamples, chosenBy, trainFeatures: elsewhere })).toEqual(computed);
    await classifier.close();
  });

  test('that are damaged are computed again', async () => {
    const first = await cached();
    for (const path of packs()) {
      const bytes = readFileSync(path);
      bytes[bytes.length - 2]! ^= 1;
      writeFileSync(path, bytes);
    }
    const second = await cached();
    expect(second.features.stored).toBe(0);
    expect(second.model.parameters).toEqual(first.model.parameters);
  });

  test('that were computed before a stop are kept', async () => {
    let parts = 0;
    const signal = {
      get aborted() {
        return parts > 1;
      },
    };
    const onProgress = () => {
      parts++;
    };
    const many = { perClass: null, flip: 'random', signal, onProgress } as const;
    await expect(cached(many)).rejects.toThrow('Stopped before the head was fitted');
    expect((await cached({ perClass: null, flip: 'random' })).features).toEqual({ pictures: 800, stored: 400 });
  });

  test('that cannot be written: one warning, and the same bits', async () => {
    writeFileSync(folder, 'a file, not a folder');
    warnings.length = 0;
    const { model } = await cached({ flip: 'random' });
    expect(warnings).toEqual([
      expect.stringMatching(/^The features are not cached \(set XDG_CACHE_HOME .*\), the run goes on: Cannot write/),
    ]);
    const without = await transfer(data, engine, { ...options, flip: 'random' });
    expect(model.parameters).toEqual(without.model.parameters);
  });
});
