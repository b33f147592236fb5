import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { buildNetwork, logitsOf } from '../../src/core/graph/network.ts';
import { parseNetwork } from '../../src/core/graph/parse.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { defaultUpdate } from '../../src/core/training/update.ts';
import { goldenWeights, relativeError } from '../golden/golden.ts';
import { gradientsIn, inlineEngine, poisonedScratch, watched, workerEngine } from './engines.ts';
import { oneHot, range, scaledPixels, subset } from './fixtures.ts';
import { crossEntropy } from './references/crossEntropy.ts';

type Values = Readonly<Record<string, readonly number[]>>;

/** What `make_golden_normalization.py` writes. */
interface Trace {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly layers: unknown;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly seed: number;
    readonly limit: number;
    readonly middle: number;
  }[];
  /** Of batch 0, before the first step. */
  readonly logits: readonly number[];
  readonly gradients: Values;
  readonly losses: readonly number[];
  /** Norms of the differences from the beginning, after the last step. */
  readonly change: Readonly<Record<string, number>>;
  readonly moving: Values;
  /** Logits of batch 0 with the moving statistics, after the last step. */
  readonly inference: readonly number[];
  readonly inferenceLoss: number;
}

const trace = JSON.parse(
  readFileSync(new URL('../golden/fixtures/normalization.json', import.meta.url), 'utf8'),
) as Trace;
const N = trace.batchSize;
const network = buildNetwork(parseNetwork(trace.layers));
const logits = logitsOf(network).name;
const images = subset().train;
const x = scaledPixels(images, 0, N);
const batch = range(0, N);

const start = new Float32Array(network.parameterCount);
for (const [p, { offset, size }] of network.parameters.entries()) {
  const { seed, limit, middle } = trace.parameters[p]!;
  start.set(
    goldenWeights(seed, size, limit).map((value) => middle + value),
    offset,
  );
}

/** Compares what belongs to each parameter of the trace, in the names of the parameters. */
function expectValues(flat: ArrayLike<number>, values: Values, tolerance: number): void {
  for (const [name, should] of Object.entries(values)) {
    const { offset, size } = network.parameters.find((parameter) => parameter.name === name)!;
    const own = Array.from({ length: size }, (_, i) => flat[offset + i]!);
    expect(relativeError(own, should), name).toBeLessThan(tolerance);
  }
}

async function trained(threads: number) {
  const { engine, seen } = watched(poisonedScratch(threads === 1 ? inlineEngine : workerEngine));
  const trainer = await createTrainer({
    network,
    preprocessing: preprocessingFor(network.inputShape),
    batchSize: N,
    engine,
    threads,
    update: { ...defaultUpdate, optimizer: { name: 'sgd', momentum: 0, nesterov: false } },
  });
  await trainer.setParameters(start);
  const losses: number[] = [];
  let gradients = new Float32Array(0);
  for (let step = 1; step <= 10; step++) {
    const samples = range((step - 1) * N, N);
    const { learningRate } = trace;
    const { lossSum } = await trainer.train({ set: images, samples, seed: 0, step, learningRate });
    losses.push(lossSum / N);
    if (step === 1) gradients = gradientsIn(seen()).slice();
  }
  const { losses: scored } = await trainer.score(images, batch);
  await trainer.close();
  return { losses, gradients, after: trainer.parameters(), scored };
}

test('the network has what it is there for: every layer, both kinds of statistics, Winograd’s shapes', () => {
  const types = new Set(network.layers.map(({ spec }) => spec.type));
  expect(trace.parameters.map(({ name, shape }) => [name, sizeOf(shape)])).toEqual(
    network.parameters.map(({ name, size }) => [name, size]),
  );
  for (const type of ['batchNormalization', 'add', 'depthwiseConv2d', 'concatenate', 'globalAveragePooling2d', 'relu6'])
    expect([...types]).toContain(type);
  expect(network.layers.map(({ spec }) => spec)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'batchNormalization', groupSize: 4 }),
      expect.objectContaining({ type: 'depthwiseConv2d', strides: 2, padding: 'same', useBias: false }),
      expect.objectContaining({ type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', useBias: false }),
      expect.objectContaining({ type: 'conv2d', strides: 2, padding: 'same' }),
    ]),
  );
});

describe('the golden trace of PyTorch with batch normalisation, the reference in float64', () => {
  const reference = referenceNetwork(network, start, x, {}, true);
  const scores = reference.activations.get(logits)!;
  const { losses, dx } = crossEntropy(scores, oneHot(images.labels.subarray(0, N), 10), 10);

  test('logits and loss: relative error under 1e-6', () => {
    expect(relativeError(scores, trace.logits)).toBeLessThan(1e-6);
    const loss = losses.reduce((a, b) => a + b, 0) / N;
    expect(Math.abs(loss / trace.losses[0]! - 1)).toBeLessThan(1e-6);
  });

  test('every gradient: relative error under 1e-6', () => {
    expectValues(reference.backward(logits, dx).parameters, trace.gradients, 1e-6);
  });
});

describe.each([1, 3])('the golden trace of PyTorch with batch normalisation, ten steps on %i threads', (threads) => {
  let result: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    result = await trained(threads);
  });

  test('the first step’s gradients: relative error under 1e-4', () => {
    expect(Object.keys(trace.gradients)).toEqual(
      network.parameters.filter(({ trainable }) => trainable).map(({ name }) => name),
    );
    expectValues(result.gradients, trace.gradients, 1e-4);
  });

  test('ten losses: relative error under 1e-5', () => {
    expect(trace.losses).toHaveLength(10);
    for (const [i, loss] of trace.losses.entries())
      expect(Math.abs(result.losses[i]! / loss - 1), `step ${i + 1}`).toBeLessThan(1e-5);
  });

  // A γ of about 2 moves in steps of 2.4e-7, and altogether by some 1e-3.
  test('the weights’ changes: relative error of their norms under 1e-3', () => {
    for (const [name, change] of Object.entries(trace.change)) {
      const { offset, size } = network.parameters.find((parameter) => parameter.name === name)!;
      const moved = Array.from({ length: size }, (_, i) => result.after[offset + i]! - start[offset + i]!);
      expect(Math.abs(Math.hypot(...moved) / change - 1), name).toBeLessThan(1e-3);
    }
  });

  test('the moving statistics, with the population’s variance: relative error under 5e-5', () => {
    expect(Object.keys(trace.moving)).toHaveLength(12);
    expectValues(result.after, trace.moving, 5e-5);
  });

  test.each([true, false])(
    'inference with the moving statistics, fused: %s: relative error under 5e-5',
    async (fuse) => {
      const recorder = await createRecorder({
        network,
        parameters: result.after,
        engine: inlineEngine,
        threads: 1,
        images: N,
        outputs: [logits],
        fuse,
      });
      await recorder.forward(x);
      expect(relativeError(recorder.activation(logits), trace.inference)).toBeLessThan(5e-5);
      await recorder.close();
      const loss = result.scored.reduce((a, b) => a + b, 0) / N;
      expect(Math.abs(loss / trace.inferenceLoss - 1)).toBeLessThan(1e-5);
    },
  );
});
