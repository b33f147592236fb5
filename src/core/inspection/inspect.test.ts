import { describe, expect, it } from 'vitest';
import { picturesFor, targetOf } from '../../../test/fixtures/inspection/targets.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { inspect } from './inspect.ts';

const input = { type: 'input', shape: [6, 6, 1] } as const;
const convolution = { type: 'conv2d', filters: 2, kernelSize: 3, activation: 'relu' } as const;

const unusual: readonly (readonly [string, readonly LayerSpec[]])[] = [
  [
    'maps that softmax itself reads',
    [input, { ...convolution, kernelSize: [5, 6] }, { type: 'flatten' }, { type: 'softmax' }],
  ],
  [
    'pooling before ReLU, a single-pixel kernel, a ReLU behind flattening',
    [
      { type: 'input', shape: [8, 8, 2] },
      { type: 'conv2d', filters: 3, kernelSize: 3 },
      { type: 'maxPooling2d' },
      { type: 'relu' },
      { type: 'zeroPadding2d' },
      { type: 'conv2d', filters: 3, kernelSize: 1 },
      { type: 'flatten' },
      { type: 'relu' },
      { type: 'dense', units: 4, activation: 'softmax' },
    ],
  ],
  [
    'rectified logits',
    [input, { type: 'flatten' }, { type: 'dense', units: 4, activation: 'relu' }, { type: 'softmax' }],
  ],
  ['a single class', [input, convolution, { type: 'flatten' }, { type: 'dense', units: 1, activation: 'softmax' }]],
];

describe('inspect', () => {
  it.each(unusual)(
    'gives finite figures and no verdict on 1, 2 and 5 images, one class missing: %s',
    async (_, spec) => {
      const target = targetOf(spec);
      const classNames = ['hat', 'scarf', 'glove', 'sock'].slice(0, target.network.outputShape[0]);
      for (const count of [1, 2, 5]) {
        const drawn = picturesFor(spec, count);
        const most = Math.max(0, classNames.length - 2);
        const set = { ...drawn, labels: drawn.labels.map((label) => Math.min(label, most)) };
        const data = { name: 'Drawn', classNames, train: set, test: set };
        const options = { target, classNames, data, pictures: null, seed: 0, quick: true, clock: () => 0 };
        const { measured } = await inspect(options);
        const labels = measured.images.map(({ source }) => source.kind === 'test' && source.label);
        expect(new Set(labels)).toEqual(new Set(set.labels));
        // JSON turns what is not finite into null.
        expect(JSON.parse(JSON.stringify(measured))).toEqual(measured);
        expect(measured.samples).toMatchObject({ testImages: count, removalImages: count });
        expect(new Set(measured.claims.map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
      }
    },
  );
});
