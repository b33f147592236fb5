import { classify, conv, input, normalizedRelu, type Part, pool, relu } from './parts.ts';

/** Four convolutions, the first with stride 2: 98,938 trainable parameters. */
export const small: Part = [
  input,
  conv(16, 5, 2),
  ...normalizedRelu,
  conv(32),
  ...normalizedRelu,
  pool,
  conv(64),
  ...normalizedRelu,
  pool,
  conv(128),
  ...normalizedRelu,
  { type: 'globalAveragePooling2d' },
  classify,
];

const firstOfAir: Part = [input, { type: 'conv2d', filters: 8, kernelSize: 2, useBias: false }];
const airBlock = (filters: number): Part => [conv(filters), pool, ...normalizedRelu, conv(filters), ...normalizedRelu];
const endOfAir: Part = [{ type: 'globalMaxPooling2d' }, classify];

const airOf = (filters: readonly number[]): Part => [...firstOfAir, ...filters.flatMap(airBlock), ...endOfAir];

/** After Jordan's networks for fast training on CIFAR-10 ("94% on CIFAR-10 in 3.29 seconds", 2024). */
export const air: Part = airOf([32, 64, 128]);

/** The same with fewer filters: 96,810 trainable parameters. */
export const airNarrow: Part = airOf([16, 48, 64]);

/** The same with a third convolution in each block, around which the block's input passes. */
export const airResidual: Part = [
  ...firstOfAir,
  ...[32, 64, 128].flatMap((filters): Part => {
    const [before, after] = [`before${filters}`, `after${filters}`];
    return [
      ...airBlock(filters).slice(0, -1),
      { ...relu, name: before },
      conv(filters),
      { type: 'batchNormalization', name: after },
      { type: 'add', inputs: [before, after] },
      relu,
    ];
  }),
  ...endOfAir,
];
