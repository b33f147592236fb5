import { describe, expect, test } from 'vitest';
import { type ImagesInMemory, imagesInMemory } from '../../src/core/data/images.ts';
import { type Preprocessing, preprocessingFor } from '../../src/core/data/preprocessing.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { keepIn65536 } from '../../src/core/graph/layers/dropout.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { relativeError } from '../golden/golden.ts';
import { gradientsIn, inlineEngine, poisonedScratch, watched, workerEngine } from './engines.ts';
import { oneHot, randomValues, range, subset } from './fixtures.ts';
import { crossEntropy } from './references/crossEntropy.ts';
import { dropoutMask } from './references/dropoutMask.ts';

/** Orders of layers that a plan may or may not run as one step; every one must give what the layers give one by one. */
const specs: Readonly<Record<string, readonly LayerSpec[]>> = {
  'the reference network’s order: pad, conv, relu, dropout, pool': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d' },
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 16, kernelSize: 3, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
    { type: 'dense', units: 19, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
  ],
  'no dropout': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 5, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d' },
    { type: 'conv2d', filters: 9, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
  ],
  'dropout 0.25 and 0.1, filters 12 and 3, asymmetric padding': [
    {
      type: 'zeroPadding2d',
      padding: [
        [1, 0],
        [2, 1],
      ],
    },
    { type: 'conv2d', filters: 12, kernelSize: 3, activation: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'maxPooling2d' },
    { type: 'zeroPadding2d', padding: [0, 2] },
    { type: 'conv2d', filters: 3, kernelSize: [2, 3], activation: 'relu' },
    { type: 'dropout', rate: 0.1 },
    { type: 'maxPooling2d', poolSize: [2, 3] },
    { type: 'flatten' },
    { type: 'dense', units: 7, activation: 'relu' },
  ],
  'Winograd’s sizes with 12 channels and 20 filters': [
    { type: 'conv2d', filters: 12, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d' },
    {
      type: 'zeroPadding2d',
      padding: [
        [0, 2],
        [3, 1],
      ],
    },
    { type: 'conv2d', filters: 20, kernelSize: 3, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
  ],
  'strides of 2 before a pool of 2': [
    { type: 'zeroPadding2d', padding: 2 },
    { type: 'conv2d', filters: 9, kernelSize: [3, 4], strides: [1, 2], activation: 'relu' },
    { type: 'dropout', rate: 0.4 },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
    { type: 'dense', units: 12, activation: 'relu' },
  ],
  'dropout behind the pool': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d' },
    { type: 'dropout', rate: 0.5 },
    { type: 'flatten' },
  ],
  'pool before relu': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 3 },
    { type: 'maxPooling2d' },
    { type: 'relu' },
    { type: 'dropout', rate: 0.3 },
    { type: 'flatten' },
  ],
  'no relu between conv and pool': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 3 },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
  ],
  'overlapping pools, strides of 2': [
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 3, strides: 2, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d', poolSize: 3, strides: 2 },
    { type: 'conv2d', filters: 8, kernelSize: 1, activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2, strides: 1 },
    { type: 'flatten' },
  ],
  'pool 3, and rows and columns left over': [
    { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 3 },
    { type: 'conv2d', filters: 8, kernelSize: [2, 3], activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'maxPooling2d', poolSize: [1, 2] },
    { type: 'flatten' },
  ],
  'two convolutions in a row, then two dense layers': [
    { type: 'conv2d', filters: 4, kernelSize: 3, strides: 3, activation: 'relu' },
    { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'flatten' },
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense', units: 8 },
    { type: 'relu' },
  ],
  'dropout first, of the image': [
    { type: 'dropout', rate: 0.2 },
    { type: 'zeroPadding2d' },
    { type: 'conv2d', filters: 8, kernelSize: 5, activation: 'relu' },
    { type: 'maxPooling2d' },
    { type: 'flatten' },
  ],
  'dense layers alone': [
    { type: 'flatten' },
    { type: 'dense', units: 33, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
  ],
};

function classifier(layers: readonly LayerSpec[], shape: readonly number[]): Network {
  return buildNetwork([{ type: 'input', shape }, ...layers, { type: 'dense', units: 10, activation: 'softmax' }]);
}

/** Noise, so that no two windows are nearly equal, which float32 and float64 could see differently. */
function noise(count: number, shape: readonly [number, number, number]): ImagesInMemory {
  const [height, width, channels] = shape;
  const images = Uint8Array.from(randomValues(1, count * sizeOf(shape), 127.5), (v) => v + 127.5);
  const labels = Array.from({ length: count }, (_, i) => (i * 7) % 10);
  return imagesInMemory(images, labels, { height, width, channels });
}

interface StepOptions {
  readonly network: Network;
  readonly preprocessing?: Preprocessing;
  readonly parameters?: Float32Array;
  readonly set: ImagesInMemory;
  readonly samples: Uint32Array;
  readonly seed: number;
  readonly step: number;
}

const parametersOf = (network: Network) => {
  const biases = randomValues(2, network.parameterCount, 0.05);
  return initialParameters(network, 11).map((value, i) => value || biases[i]!);
};

async function onEngine(engine: Engine, { network, parameters, preprocessing, ...step }: StepOptions, threads = 1) {
  const watching = watched(engine);
  const trainer = await createTrainer({
    batchSize: 300,
    network,
    preprocessing: preprocessing ?? preprocessingFor(network.inputShape),
    engine: watching.engine,
    threads,
  });
  await trainer.setParameters(parameters ?? parametersOf(network));
  const { lossSum, correct } = await trainer.train({ ...step, learningRate: 0.001 });
  const gradients = gradientsIn(watching.seen());
  await trainer.close();
  return { loss: lossSum / step.samples.length, correct, gradients, parameters: trainer.parameters() };
}

/** The same step by the reference, layer by layer, with the masks that the reference draws. */
function onReference({ network, parameters, preprocessing, set, samples, seed, step }: StepOptions) {
  const { divideBy } = preprocessing ?? preprocessingFor(network.inputShape);
  const size = sizeOf(network.inputShape);
  const x = Float32Array.from({ length: samples.length * size }, (_, i) => {
    return set.images[samples[Math.floor(i / size)]! * size + (i % size)]! / divideBy;
  });
  const kept = network.layers.flatMap(({ name, spec, outputShape }, layer) => {
    if (spec.type !== 'dropout') return [];
    const masks = [...samples].flatMap((sample) =>
      dropoutMask(sizeOf(outputShape), keepIn65536(spec), { seed, step, sample, layer }),
    );
    return [[name, masks] as const];
  });
  const recording = referenceNetwork(network, parameters ?? parametersOf(network), x, Object.fromEntries(kept));
  const logits = network.layers.at(-2)!.name;
  const classes = network.outputShape[0]!;
  const targets = oneHot(
    samples.map((sample) => set.labels[sample]!),
    classes,
  );
  const { losses, dx } = crossEntropy(recording.activations.get(logits)!, targets, classes);
  return {
    loss: losses.reduce((a, b) => a + b, 0) / samples.length,
    gradients: recording.backward(logits, dx).parameters,
  };
}

function expectClose(
  network: Network,
  is: { loss: number; gradients: Float32Array },
  should: ReturnType<typeof onReference>,
) {
  expect(Math.abs(is.loss / should.loss - 1), 'loss').toBeLessThan(1e-6);
  for (const { name, offset, size } of network.parameters) {
    const of = <T extends Float32Array | Float64Array>(flat: T) => flat.subarray(offset, offset + size);
    expect(relativeError(of(is.gradients), of(should.gradients)), name).toBeLessThan(1e-5);
  }
}

describe('one step with dropout on agrees with the reference: relative error of the loss under 1e-6, of gradients under 1e-5', () => {
  describe.each(Object.entries(specs))('%s', (_, layers) => {
    test.each([
      [1, [12, 14, 1]],
      [7, [13, 15, 3]],
    ] as const)('%i images of [%s]', async (N, shape) => {
      const network = classifier(layers, shape);
      const set = noise(50, shape);
      // Not in order, and with gaps: draws belong to the image's index in the set.
      const samples = range(0, N).map((i) => (i * 29 + 3) % 50);
      const options = { network, set, samples, seed: 2 ** 35 + 9, step: 77 };
      expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
    });
  });

  test('the reference network’s order, 130 images: what several micro-batches give adds up', async () => {
    const network = classifier(Object.values(specs)[0]!, [12, 14, 1]);
    const options = { network, set: noise(130, [12, 14, 1]), samples: range(0, 130).reverse(), seed: 1, step: 3 };
    expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
  });

  /**
   * Black and white pixels, and kernels of powers of two that see the middle of their patch alone: windows tie exactly,
   * in float32 and in Winograd's sums too, while the patches differ, so that it shows who takes the gradient.
   */
  test.each([1, 0.5])(
    'ties go to the first in row-major order, in fused steps too; %d of values kept',
    async (keep) => {
      const layers = [
        { type: 'zeroPadding2d' },
        { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
        ...(keep < 1 ? [{ type: 'dropout', rate: 1 - keep } as const] : []),
        { type: 'maxPooling2d' },
        { type: 'zeroPadding2d' },
        { type: 'conv2d', filters: 16, kernelSize: 3, activation: 'relu' },
        { type: 'maxPooling2d' },
        { type: 'flatten' },
      ] as const;
      const network = classifier(layers, [12, 14, 1]);
      const parameters = parametersOf(network);
      for (const { name, shape, offset, size } of network.parameters.slice(0, 4)) {
        const place = size / 9;
        for (let i = 0; i < size; i++) {
          const middle = name.endsWith('/bias') || Math.floor(i / place) === 4;
          parameters[offset + i] = middle
            ? (i % 3 === 0 ? 0.5 : 0.25) * (shape.length === 4 && i % 7 === 0 ? -1 : 1)
            : 0;
        }
      }
      const set = noise(9, [12, 14, 1]);
      const options = {
        ...{ network, parameters, samples: range(0, 9), seed: 1, step: 1 },
        set: imagesInMemory(
          set.images.map((pixel) => (pixel < 128 ? 0 : 255)),
          set.labels,
          set,
        ),
      };
      expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
    },
  );

  test('300 classes, whose labels need more than 8 bits', async () => {
    const network = buildNetwork([
      { type: 'input', shape: [6, 6, 1] },
      { type: 'flatten' },
      { type: 'dense', units: 300, activation: 'softmax' },
    ]);
    const drawn = noise(40, [6, 6, 1]);
    const labels = Uint32Array.from(drawn.labels, (_, i) => 299 - i);
    const set = imagesInMemory(drawn.images, labels, drawn);
    const options = { network, set, samples: range(0, 40), seed: 1, step: 1 };
    expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
  });

  test('pixels that the preprocessing divides by 128', async () => {
    const network = classifier([{ type: 'flatten' }], [6, 6, 3]);
    const preprocessing = { ...preprocessingFor([6, 6, 3]), divideBy: 128 };
    const options = { network, preprocessing, set: noise(9, [6, 6, 3]), samples: range(0, 9), seed: 1, step: 1 };
    expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
  });

  test('the reference network, 2 images of the subset', async () => {
    const network = buildNetwork(builtinNetwork('reference'));
    const options = { network, set: subset().train, samples: Uint32Array.of(399, 12), seed: 0, step: 1 };
    expectClose(network, await onEngine(poisonedScratch(inlineEngine), options), onReference(options));
  });
});

describe('one step gives the same bits on 3 worker threads as on none', () => {
  test.each(Object.entries(specs))('%s', async (_, layers) => {
    const network = classifier(layers, [12, 14, 1]);
    const options = { network, set: noise(50, [12, 14, 1]), samples: range(3, 34), seed: 5, step: 2 };
    const [one, three] = [await onEngine(inlineEngine, options), await onEngine(workerEngine, options, 3)];
    expect(three).toEqual(one);
  });
});
