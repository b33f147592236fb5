import { beforeAll, describe, expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import { parseNetwork } from '../../src/core/graph/parse.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import {
  type GoldenParameterName,
  type GoldenPass,
  goldenMask,
  goldenParameters,
  goldenWeights,
  loadGolden,
  relativeError,
  size,
} from '../golden/golden.ts';
import { gradientsIn, inlineEngine, poisoned, poisonedScratch, watched, withoutDraws } from './engines.ts';
import { oneHot, range, referenceWithoutDropout, scaledPixels, subset } from './fixtures.ts';
import { writeMasks } from './masks.ts';
import { crossEntropy } from './references/crossEntropy.ts';

const golden = loadGolden();
const images = subset().train;

interface Case {
  readonly name: 'seed' | 'masked' | 'small' | 'smallAsymmetric';
  readonly network: Network;
  readonly x: Float32Array;
  readonly targets: Float32Array;
  readonly masks: Readonly<Record<string, Uint8Array>>;
  readonly inputGradient?: Float32Array;
}

function goldenCase(name: Case['name']): Case {
  if (name === 'seed' || name === 'masked') {
    const network = buildNetwork(name === 'seed' ? referenceWithoutDropout : builtinNetwork('reference'));
    const N = golden.seed.batchSize;
    const sizes = new Map(network.layers.map((layer) => [layer.name, size(layer.outputShape) * N]));
    const masks = Object.entries(name === 'masked' ? golden.masked.masks : {}).map(([layer, seed]) => [
      layer,
      goldenMask(seed, sizes.get(layer)!),
    ]);
    return {
      name,
      network,
      x: scaledPixels(images, 0, N),
      targets: oneHot(images.labels.subarray(0, N), 10),
      masks: Object.fromEntries(masks),
    };
  }
  const { layers, labels, input, inputGradient } = golden[name];
  const network = buildNetwork(parseNetwork(layers));
  const x = goldenWeights(input.seed, size(input.shape), input.limit);
  return { name, network, x, targets: oneHot(labels, network.outputShape[0]!), masks: {}, inputGradient };
}

interface Trace {
  readonly logits: Float32Array | Float64Array;
  readonly loss: number;
  readonly gradients: Float32Array | Float64Array;
  readonly inputGradient: Float32Array | Float64Array;
}

function flatParameters(part: GoldenPass, network: Network): Float32Array {
  const values = goldenParameters(part);
  expect(part.parameters.map(({ name }) => name)).toEqual(network.parameters.map(({ name }) => name));
  const flat = new Float32Array(network.parameterCount);
  for (const { name, offset } of network.parameters) flat.set(values[name as GoldenParameterName], offset);
  return flat;
}

function lossAndGradient(logits: ArrayLike<number>, targets: Float32Array, classes: number) {
  const { losses, dx } = crossEntropy(logits, targets, classes);
  return { loss: losses.reduce((a, b) => a + b, 0) / losses.length, dx };
}

async function wasmTrace({ name, network, x, targets, masks }: Case): Promise<Trace> {
  const classes = network.outputShape[0]!;
  const { engine, seen } = watched(withoutDraws(poisoned(inlineEngine)));
  const recorder = await createRecorder({
    network,
    parameters: flatParameters(golden[name], network),
    engine,
    threads: 1,
    images: targets.length / classes,
    training: true,
    backwardFrom: 'dense_2',
  });
  writeMasks(seen(), network, masks);
  await recorder.forward(x);
  const logits = recorder.activation('dense_2');
  const { loss, dx } = lossAndGradient(logits, targets, classes);
  await recorder.backward(dx);
  return {
    logits,
    loss,
    gradients: recorder.parameterGradients(),
    inputGradient: recorder.gradient(network.layers[0]!.name),
  };
}

function referenceTrace({ name, network, x, targets, masks }: Case): Trace {
  const kept = Object.fromEntries(Object.entries(masks).map(([layer, mask]) => [layer, Array.from(mask, Boolean)]));
  const recording = referenceNetwork(network, flatParameters(golden[name], network), x, kept);
  const logits = recording.activations.get('dense_2')!;
  const { loss, dx } = lossAndGradient(logits, targets, network.outputShape[0]!);
  const { gradients, parameters } = recording.backward('dense_2', dx);
  return { logits, loss, gradients: parameters, inputGradient: gradients.get(network.layers[0]!.name)! };
}

/** The largest error of a gradient, and in the name of which parameter. */
function gradientErrors(part: GoldenPass, network: Network, flat: Trace['gradients']): Record<string, number> {
  const errors = network.parameters.map(({ name, offset, size }) => {
    const parameter = name as GoldenParameterName;
    const stride = part.sampled[parameter]?.stride ?? 1;
    return [name, relativeError(flat.subarray(offset, offset + size), part.gradients[parameter], stride)];
  });
  return Object.fromEntries(errors) as Record<string, number>;
}

describe.each(['seed', 'masked', 'small', 'smallAsymmetric'] as const)('the golden trace of PyTorch, %s', (name) => {
  const given = goldenCase(name);
  const part = golden[name];

  describe('wasm, every activation recorded', () => {
    let trace: Trace;
    beforeAll(async () => {
      trace = await wasmTrace(given);
    });

    test('logits: relative error under 1e-5', () => {
      expect(relativeError(trace.logits, part.logits)).toBeLessThan(1e-5);
    });

    test('loss: relative error under 1e-5', () => {
      expect(Math.abs(trace.loss - part.loss) / part.loss).toBeLessThan(1e-5);
    });

    test('every gradient: relative error under 1e-4', () => {
      for (const [parameter, error] of Object.entries(gradientErrors(part, given.network, trace.gradients)))
        expect(error, parameter).toBeLessThan(1e-4);
    });

    if (given.inputGradient) {
      test('the input’s gradient: relative error under 1e-4', () => {
        expect(relativeError(trace.inputGradient, given.inputGradient!)).toBeLessThan(1e-4);
      });
    }
  });

  describe('the reference in float64', () => {
    let trace: Trace;
    beforeAll(() => {
      trace = referenceTrace(given);
    });

    test('logits and loss: relative error under 1e-6', () => {
      expect(relativeError(trace.logits, part.logits)).toBeLessThan(1e-6);
      expect(Math.abs(trace.loss - part.loss) / part.loss).toBeLessThan(1e-6);
    });

    test('every gradient: relative error under 1e-6, or 2e-5 where the trace is stored as int16', () => {
      for (const [parameter, error] of Object.entries(gradientErrors(part, given.network, trace.gradients))) {
        const int16 = name === 'seed' && parameter === 'dense_1/kernel';
        expect(error, parameter).toBeLessThan(int16 ? 2e-5 : 1e-6);
      }
    });

    // Only the trace with masks stores a gradient as a sample; the others hold every element, compared above.
    if (name === 'masked') {
      test('sum and norm of the sampled gradient, dense_1/kernel: relative error under 1e-9', () => {
        expect(Object.keys(part.sampled)).toEqual(['dense_1/kernel']);
        const { sum, norm } = part.sampled['dense_1/kernel']!;
        const { offset, size } = given.network.parameters.find((parameter) => parameter.name === 'dense_1/kernel')!;
        const values = trace.gradients.subarray(offset, offset + size);
        expect(Math.abs(sumOf(values) / sum - 1)).toBeLessThan(1e-9);
        expect(Math.abs(normOf(values) / norm - 1)).toBeLessThan(1e-9);
      });
    }

    if (given.inputGradient) {
      test('the input’s gradient: relative error under 1e-6', () => {
        expect(relativeError(trace.inputGradient, given.inputGradient!)).toBeLessThan(1e-6);
      });
    }
  });
});

function sumOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function normOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

describe('ten Adam steps of the reference network without dropout, in the plan that trains', () => {
  const { batchSize, learningRate, losses, after } = golden.seed;
  const network = buildNetwork(referenceWithoutDropout);
  const measured: number[] = [];
  let gradients: Float32Array;
  let parameters: Float32Array;

  beforeAll(async () => {
    const { engine, seen } = watched(poisonedScratch(inlineEngine));
    const trainer = await createTrainer({
      batchSize: 300,
      network,
      preprocessing: preprocessingFor(network.inputShape),
      engine,
      threads: 1,
    });
    await trainer.setParameters(flatParameters(golden.seed, network));
    for (let step = 1; step <= 10; step++) {
      const samples = range((step - 1) * batchSize, batchSize);
      const { lossSum } = await trainer.train({ set: images, samples, seed: 0, step, learningRate });
      measured.push(lossSum / batchSize);
      if (step === 1) gradients = gradientsIn(seen());
    }
    parameters = trainer.parameters();
    await trainer.close();
  });

  test('the first step’s gradients, by the loss kernel: relative error under 1e-4', () => {
    for (const [parameter, error] of Object.entries(gradientErrors(golden.seed, network, gradients)))
      expect(error, parameter).toBeLessThan(1e-4);
  });

  test('ten losses: relative error under 1e-4', () => {
    expect(losses).toHaveLength(10);
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs(measured[i]! - loss) / loss, `step ${i + 1}`).toBeLessThan(1e-4);
    }
  });

  test('the weights’ norms after ten steps: relative error under 1e-4', () => {
    for (const { name, offset, size } of network.parameters) {
      const values = parameters.subarray(offset, offset + size);
      const { norm } = after[name as GoldenParameterName];
      expect(Math.abs(normOf(values) / norm - 1), name).toBeLessThan(1e-4);
    }
  });
});
