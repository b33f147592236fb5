import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { permutation, randomSequence } from '../../src/core/engine/random.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { deriveClaims } from '../../src/core/inspection/claims/claims.ts';
import { inspect as inspectHere } from '../../src/core/inspection/inspect.ts';
import { metricsOnData } from '../../src/core/inspection/metricsOnData.ts';
import { progressOver } from '../../src/core/inspection/progress.ts';
import { localTasks, runTasks } from '../../src/core/inspection/tasks.ts';
import { nodeEngine } from '../../src/node/engine.ts';
import { inspect, loadDataset, train } from '../../src/node/index.ts';
import { inspectionPage } from '../../src/views/inspection/inspectionPage.ts';
import { subset } from '../cli/selvedge.ts';
import { picturesFor, specs, targetOf } from '../fixtures/inspection/targets.ts';

const network: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 4, kernelSize: 5, strides: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 24, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

async function classVerdict(data: Dataset, parameters: Float32Array, seed: number) {
  const built = buildNetwork(network);
  const engine = await nodeEngine();
  const preprocessing = preprocessingFor(built.inputShape);
  const untrained = initialParameters(built, seed);
  const target = { network: built, parameters, untrained, preprocessing, engine, threads: 2 };
  const expected = { representations: 1, ablation: 1, activations: 1, sufficientUnits: 1 };
  const onTest = { set: data.test, seed: 0, quick: true };
  const inputs = {
    ...{
      representations: { data, seed: 0, quick: true },
      ablation: onTest,
      activations: onTest,
      sufficientUnits: onTest,
    },
  };
  const done = await runTasks(
    inputs,
    expected,
    localTasks(target),
    progressOver(expected, () => {}),
  );
  const figures = metricsOnData(done, 0);
  return deriveClaims({ ...figures, filters: null }).find(({ id }) => id === 'classes')!;
}

describe('information about the class', async () => {
  const data = await loadDataset({ folder: subset });

  it('is never supported for an untrained network, not even against another one', async () => {
    const built = buildNetwork(network);
    const { verdict, because } = await classVerdict(data, initialParameters(built, 1), 0);
    expect(['not supported', 'mixed'], because).toContain(verdict);
  });

  it('is never supported for a network that learnt shuffled labels by heart', async () => {
    const { labels, count } = data.train;
    const order = permutation(count, randomSequence(7, 1, 0));
    const shuffled = { ...data, train: { ...data.train, labels: Uint32Array.from(order, (i) => labels[i]!) } };
    for (const epochs of [1, 60]) {
      const { model, history } = await train(shuffled, {
        network,
        epochs,
        batchSize: 20,
        learningRate: 0.003,
        seed: 0,
      });
      if (epochs === 60) expect(history.at(-1)!.accuracy).toBeGreaterThan(0.9);
      const { verdict, because } = await classVerdict(data, model.parameters, 0);
      expect(['not supported', 'mixed'], because).toContain(verdict);
    }
  });
});

describe('a whole report', () => {
  it.each([
    ['stride 2 without pooling', specs.strided],
    ['32×32×3 with 5×5 kernels', specs.colour],
    ['dense only', specs.single],
    ['a residual block', specs.residual],
    ['a residual block of two convolutions', specs.residualOfTwo],
    ['a list that is not in execution order', specs.unordered],
  ] as const)('comes out for %s: every figure is a number, every part that cannot be says why', async (_, spec) => {
    const target = targetOf(spec);
    const classNames = ['hat', 'scarf', 'glove', 'sock'];
    const set = picturesFor(spec, 40);
    const data = { name: 'Drawn', classNames, train: set, test: set };
    const found = await inspectHere({
      target,
      classNames,
      data,
      pictures: null,
      seed: 0,
      quick: true,
      clock: () => 0,
    });
    const hasConvolutions = spec.some(({ type }) => type === 'conv2d');
    const isResidual = spec === specs.residual || spec === specs.residualOfTwo;
    const leftOut = isResidual ? ['maps'] : hasConvolutions ? [] : ['filters', 'attribution'];
    expect(found.measured.leftOut.map(({ part }) => part)).toEqual(leftOut);
    if (isResidual) expect(found.measured.leftOut[0]!.why).toMatch(/lead around the maps of stem, (branch|one, two),/);
    expect(found.measured.explanations).toHaveLength(found.pictures.length);
    const record = {
      ...({
        format: 'selvedge-inspection',
        version: 1,
        engine: { selvedge: '0', wasmSha256: '' },
        control: { seed: 0, own: false },
      } as const),
      model: { file: 'model.safetensors', weightsSha256: '', spec, classNames },
      ...found.measured,
    };
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    const { height, width, channels } = set;
    const size = height * width * channels;
    const pixels = (index: number) => set.images.subarray(index * size, (index + 1) * size);
    const testPictures = (index: number) => ({ pixels: pixels(index), height, width, channels });
    const page = inspectionPage({ ...found, record, testPictures });
    expect(page.match(/.{0,60}(\bNaN\b|Infinity|[">(]undefined [^a-z]|>null).{0,40}/g)).toBeNull();
  });
});

describe('inspect', async () => {
  const data = await loadDataset({ folder: subset });
  const { model } = await train(data, { network, epochs: 2, batchSize: 40 });

  it('gives the same numbers with any number of threads', async () => {
    const images = [0, 1].map((i) => ({
      pixels: data.test.images.slice(i * 784, (i + 1) * 784),
      height: 28,
      width: 28,
      channels: 1,
    }));
    const options = { images, quick: true };
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const { measured, activations, pictures, filters } = await inspect(model, { ...options, threads: 2, onProgress });
    expect(measured.images.map(({ source }) => source.kind)).toEqual(['file', 'file']);
    expect({ activations: activations.length, pictures: pictures.length }).toEqual({ activations: 2, pictures: 2 });
    expect([...filters.keys()]).toEqual(['conv2d_1']);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    const other = await inspect(model, { ...options, threads: 1 });
    expect({ ...other.measured, seconds: 0 }).toEqual({ ...measured, seconds: 0 });
  });

  it('refuses a test image that is not there and a picture of another size', async () => {
    await expect(inspect(model, { images: [200], data })).rejects.toMatchObject({ code: 'bad-option' });
    const small = { pixels: new Uint8Array(4), height: 2, width: 2, channels: 1 };
    await expect(inspect(model, { images: [small] })).rejects.toMatchObject({ code: 'bad-image' });
  });
});
