import { describe, expect, it } from 'vitest';
import { specs } from '../../../../test/fixtures/inspection/targets.ts';
import { builtinNetwork } from '../../graph/builtin.ts';
import { buildNetwork } from '../../graph/network.ts';
import { referenceNetwork } from '../../graph/reference.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import type { Box } from '../record.ts';
import { receptiveField } from './receptiveField.ts';

const asymmetric: readonly LayerSpec[] = [
  { type: 'input', shape: [7, 6, 1] },
  {
    type: 'zeroPadding2d',
    padding: [
      [0, 3],
      [2, 1],
    ],
  },
  { type: 'conv2d', filters: 1, kernelSize: [3, 2], strides: [2, 1] },
  { type: 'zeroPadding2d', padding: 2 },
  { type: 'maxPooling2d', poolSize: 2, strides: 1 },
  { type: 'conv2d', filters: 1, kernelSize: 2 },
];

const overlapping: readonly LayerSpec[] = [
  { type: 'input', shape: [13, 12, 2] },
  { type: 'conv2d', filters: 1, kernelSize: 5 },
  { type: 'maxPooling2d', poolSize: 3, strides: 2 },
  { type: 'relu' },
];

const padded: readonly LayerSpec[] = [
  { type: 'input', shape: [8, 7, 1] },
  { type: 'maxPooling2d', poolSize: [3, 2], strides: 2, padding: 'same' },
  { type: 'averagePooling2d', poolSize: [4, 3], strides: 1, padding: 'same' },
  { type: 'depthwiseConv2d', kernelSize: 3, strides: [3, 2], padding: 'same' },
];

/**
 * Which pixels change each position of a layer, found by changing them: in an empty picture, with all weights 1, a pixel
 * that is set wins every pooling window that it reaches.
 */
function perturbed(spec: readonly LayerSpec[], layerName: string): Map<string, Box> {
  const network = buildNetwork(spec);
  const parameters = new Float32Array(network.parameterCount);
  for (const { name, offset, size } of network.parameters) {
    if (name.endsWith('kernel')) parameters.fill(1, offset, offset + size);
  }
  const [H, W, C] = network.inputShape as [number, number, number];
  const layer = network.layers.find(({ name }) => name === layerName)!;
  const [, OW, K] = layer.outputShape as [number, number, number];
  const run = (x: Float64Array) => referenceNetwork(network, parameters, x).activations.get(layerName)!;
  const base = run(new Float64Array(H * W * C));
  const boxes = new Map<string, { top: number; bottom: number; left: number; right: number }>();
  for (let y = 0; y < H; y++) {
    for (let x = 0; x < W; x++) {
      const picture = new Float64Array(H * W * C);
      picture[(y * W + x) * C] = 1;
      run(picture).forEach((value, i) => {
        if (value === base[i]) return;
        const p = Math.floor(i / K);
        const key = `${Math.floor(p / OW)},${p % OW}`;
        const box = boxes.get(key) ?? { top: y, bottom: y, left: x, right: x };
        boxes.set(key, {
          top: Math.min(box.top, y),
          bottom: Math.max(box.bottom, y),
          left: Math.min(box.left, x),
          right: Math.max(box.right, x),
        });
      });
    }
  }
  return new Map(
    [...boxes].map(([key, { top, bottom, left, right }]) => [
      key,
      { y: top, x: left, height: bottom - top + 1, width: right - left + 1 },
    ]),
  );
}

describe('receptiveField', () => {
  it.each([
    ['padding, pooling and two convolutions', specs.pooled.slice(0, 8)],
    ['strides without pooling', specs.strided.slice(0, 3)],
    ['overlapping pools', overlapping],
    ['padding and strides that differ by side', asymmetric],
    ["padding 'same'", padded],
  ])('is what changing single pixels changes, at every position: %s', (_, spec) => {
    const network = buildNetwork(spec);
    const picture = { height: network.inputShape[0]!, width: network.inputShape[1]! };
    for (const { name, outputShape } of network.layers) {
      const found = perturbed(spec, name);
      for (let y = 0; y < outputShape[0]!; y++) {
        for (let x = 0; x < outputShape[1]!; x++) {
          const expected = found.get(`${y},${x}`) ?? { y: 0, x: 0, height: 0, width: 0 };
          expect(receptiveField(network, name, { y, x }, picture), `${name} at ${y}, ${x}`).toEqual(expected);
        }
      }
    }
  });

  it("in the middle of the reference network's second ReLU spans 8×8 pixels, cut to 5×5 in the corner", () => {
    const network = buildNetwork(builtinNetwork('reference'));
    const picture = { height: 28, width: 28 };
    expect(receptiveField(network, 'relu_2', { y: 7, x: 7 }, picture)).toEqual({ y: 11, x: 11, height: 8, width: 8 });
    expect(receptiveField(network, 'relu_2', { y: 0, x: 0 }, picture)).toEqual({ y: 0, x: 0, height: 5, width: 5 });
  });

  it.each<[string, LayerSpec[]]>([
    [
      'a picture in another shape',
      [
        { type: 'input', shape: [4, 6, 1] },
        { type: 'reshape', shape: [6, 4, 1] },
      ],
    ],
    [
      'a picture made of a vector',
      [
        { type: 'input', shape: [4, 6, 1] },
        { type: 'flatten' },
        { type: 'relu' },
        { type: 'reshape', shape: [4, 6, 1] },
        { type: 'relu' },
      ],
    ],
    [
      'a picture made of a flat input',
      [
        { type: 'input', shape: [24] },
        { type: 'reshape', shape: [4, 6, 1] },
      ],
    ],
  ])('of %s is the whole picture', (_, spec) => {
    const network = buildNetwork(spec);
    const picture = { height: 4, width: 6 };
    const field = receptiveField(network, network.output.name, { y: 1, x: 2 }, picture);
    expect(field).toEqual({ y: 0, x: 0, ...picture });
  });

  it('of a flat layer is the whole picture', () => {
    const network = buildNetwork(specs.dense);
    const picture = { height: 3, width: 4, more: 'that is no part of a box' };
    expect(receptiveField(network, 'relu_1', { y: 0, x: 0 }, picture)).toEqual({ y: 0, x: 0, height: 3, width: 4 });
  });
});
