import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../../test/engine/engines.ts';
import { createRecorder } from '../../compile/recorder.ts';
import { buildNetwork, type Network } from '../../graph/network.ts';
import { groupDrops } from './ablationCam.ts';
import { createForward, type Forward } from './forward.ts';
import { gradCamPlusPlusWeights, gradCamWeights, weightedMaps } from './gradCam.ts';
import { gradient } from './gradient.ts';
import { guidedBackprop } from './guidedBackprop.ts';
import { integratedGradients } from './integratedGradients.ts';
import { lrp } from './lrp.ts';
import { occlusion } from './occlusion.ts';
import { type Passes, passesOver } from './passes.ts';

/** Figures of Captum's tests, where a ReLU's output is explained instead of logits. */
function near(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(1e-4);
}

async function open(network: Network, parameters: Float32Array): Promise<Passes> {
  const recorder = await createRecorder({
    network,
    parameters,
    engine: inlineEngine,
    threads: 1,
    images: 3,
    backwardFrom: network.output.name,
  });
  return passesOver(recorder, network, 3);
}

const network = buildNetwork([
  { type: 'input', shape: [4, 4, 1] },
  { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 4, activation: 'relu' },
]);
/** PyTorch flattens channel first, [C, H, W]; ours is [H, W, C]. */
const channelFirst = [1, 1, 1, 1, 1, -1, -1, -1];
const ours = Array.from({ length: 8 }, (_, i) => channelFirst[(i % 2) * 4 + Math.floor(i / 2)]!);
const parameters = Float32Array.from([
  ...Array<number>(18).fill(1),
  ...[-50, -75],
  ...ours.flatMap((weight) => [weight, weight, weight, weight]),
  ...[0, 0, 0, 0],
]);
const x = Float32Array.from({ length: 16 }, (_, i) => i);
const plusOne = x.map((v) => v + 1);

describe("Captum's BasicModel_ConvNet_One_Conv, input 0…15, target 0", () => {
  let passes: Passes;
  let whole: Forward;
  let tail: Forward;
  beforeAll(async () => {
    passes = await open(network, parameters);
    whole = await createForward({ network, parameters }, inlineEngine, 1);
    tail = await createForward({ network, parameters }, inlineEngine, 1, 'relu_1');
  });
  afterAll(() => Promise.all([passes.close(), whole.close(), tail.close()]));

  async function gradCam(layer: string): Promise<Float64Array> {
    let map = new Float64Array();
    await passes.backward(x, [0], (batch) => {
      map = weightedMaps(batch.activation(layer), gradCamWeights(batch.gradient(layer), 2)) as typeof map;
    });
    return map;
  }

  test('Grad-CAM at conv1: 11.25, 13.5; 20.25, 22.5', async () => {
    near(await gradCam('conv2d_1'), [11.25, 13.5, 20.25, 22.5]);
  });

  test('Grad-CAM at relu1: 0, 4; 28, 32.5', async () => {
    near(await gradCam('relu_1'), [0, 4, 28, 32.5]);
  });

  test('guided backprop: 0, 1, 1, 1; 1, 3, 3, 2; 1, 3, 3, 2; 1, 2, 2, 1', async () => {
    const [map] = await guidedBackprop(passes, parameters, x, [0]);
    near(map!, [0, 1, 1, 1, 1, 3, 3, 2, 1, 3, 3, 2, 1, 2, 2, 1]);
  });

  test('guided Grad-CAM at relu1: 0, 0, 4, 4; 0, 0, 12, 8; 28, 84, 97.5, 65; 28, 56, 65, 32.5', async () => {
    const [guided] = await guidedBackprop(passes, parameters, x, [0]);
    const cam = await gradCam('relu_1');
    const nearest = (i: number) => Math.floor(i / 8) * 2 + Math.floor((i % 4) / 2);
    const product = guided!.map((value, i) => value * Math.max(cam[nearest(i)]!, 0));
    near(product, [0, 0, 4, 4, 0, 0, 12, 8, 28, 84, 97.5, 65, 28, 56, 65, 32.5]);
  });

  test('LRP-ε: 0, 1, 2, 3; 0, 5, 6, 7; 0, 9, 10, 11; 0, 0, 0, 0 with delta 0, and so is gradient · input', async () => {
    const expected = [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0];
    const [relevance] = await lrp(passes, parameters, x, [0], { epsilon: 1e-9 });
    near(relevance!.values, expected);
    near([relevance!.delta], [0]);
    const [slope] = await gradient(passes, x, [0]);
    near(
      slope!.map((g, i) => g * x[i]!),
      expected,
    );
  });

  test('layer ablation at relu1, input + 1: 4, 13; 40, 49 and 0, 0; −15, −24', async () => {
    let maps = new Float32Array();
    await passes.forward(plusOne, ({ activation }) => {
      maps = activation('relu_1') as typeof maps;
    });
    const drops = await groupDrops(tail, maps, 0, 8, (unit) => unit);
    near(
      drops.filter((_, i) => i % 2 === 0),
      [4, 13, 40, 49],
    );
    near(
      drops.filter((_, i) => i % 2 === 1),
      [0, 0, -15, -24],
    );
    near(await groupDrops(tail, maps, 0, 2, (unit) => unit % 2), [67, -39]);
  });

  test('occlusion, input + 1, baseline 1, window 2×3, stride (2, 1): 17 above, 64, 65.5, 65.5, 67 below', async () => {
    const [map] = await occlusion(whole, plusOne, [0], { size: [2, 3], strides: [2, 1], baseline: 1 });
    const below = [64, 65.5, 65.5, 67];
    near(map!, [...Array<number>(8).fill(17), ...below, ...below]);
  });
});

test('integrated gradients of ReLU(ReLU(x1) − 1 − ReLU(x2)) at (3, 1): 1.5 and −0.5, completeness error 0', async () => {
  const difference = buildNetwork([
    { type: 'input', shape: [2] },
    { type: 'relu' },
    { type: 'dense', units: 1, activation: 'relu' },
  ]);
  const passes = await open(difference, Float32Array.of(1, -1, -1));
  const [map] = await integratedGradients(passes, Float32Array.of(3, 1), [0]);
  near(map!.values, [1.5, -0.5]);
  near([map!.completeness.error, map!.completeness.difference], [0, 1]);
  await passes.close();
});

test('Grad-CAM++ weights of A = 1, 2, 3, 4 and 4, 3, 2, 1: 1/12 + 2/22 + 3/32 + 4/42 and 1/12 + 2/22', () => {
  const maps = [1, 4, 2, 3, 3, 2, 4, 1];
  const gradients = [1, 1, 2, 0, 3, -1, 4, 2];
  near(gradCamPlusPlusWeights(maps, gradients, 2), [1 / 12 + 2 / 22 + 3 / 32 + 4 / 42, 1 / 12 + 2 / 22]);
});
