import { expect, test } from 'vitest';
import { builtinNetwork } from './builtin.ts';
import { buildNetwork } from './network.ts';
import { formatSummary, summarise } from './summary.ts';

const network = buildNetwork(builtinNetwork('reference'));

test('the reference network has 421,642 parameters and 4,241,152 multiply-adds', () => {
  const layers = summarise(network);
  expect(network.parameterCount).toBe(421_642);
  expect(layers.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(421_642);
  expect(layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0)).toBe(4_241_152);
});

test('a depthwise convolution has R·S multiply-adds per output, and no bias if it uses none', () => {
  const layer = { type: 'depthwiseConv2d', kernelSize: [3, 5], strides: 2, padding: 'same' } as const;
  const summaryOf = (useBias: boolean) =>
    summarise(
      buildNetwork([
        { type: 'input', shape: [9, 8, 6] },
        { ...layer, useBias },
      ]),
    )[1]!;
  expect(summaryOf(true)).toMatchObject({ parameters: 15 * 6 + 6, multiplyAdds: 5 * 4 * 6 * 15 });
  expect(summaryOf(false)).toMatchObject({ parameters: 15 * 6 });
});

test('its table', () => {
  expect(formatSummary(network)).toMatchInlineSnapshot(`
    "layer (type)                     output shape  parameters  multiply-adds
    ────────────────────────────────────────────────────────────────────────
    input (input)                    [28, 28, 1]            0              0
    zeroPadding2d_1 (zeroPadding2d)  [30, 30, 1]            0              0
    conv2d_1 (conv2d)                [28, 28, 32]         320        225,792
    relu_1 (relu)                    [28, 28, 32]           0              0
    dropout_1 (dropout)              [28, 28, 32]           0              0
    maxPooling2d_1 (maxPooling2d)    [14, 14, 32]           0              0
    zeroPadding2d_2 (zeroPadding2d)  [16, 16, 32]           0              0
    conv2d_2 (conv2d)                [14, 14, 64]      18,496      3,612,672
    relu_2 (relu)                    [14, 14, 64]           0              0
    dropout_2 (dropout)              [14, 14, 64]           0              0
    maxPooling2d_2 (maxPooling2d)    [7, 7, 64]             0              0
    flatten_1 (flatten)              [3136]                 0              0
    dense_1 (dense)                  [128]            401,536        401,408
    relu_3 (relu)                    [128]                  0              0
    dropout_3 (dropout)              [128]                  0              0
    dense_2 (dense)                  [10]               1,290          1,280
    softmax_1 (softmax)              [10]                   0              0
    ────────────────────────────────────────────────────────────────────────
    total                                             421,642      4,241,152"
  `);
});
