import type { LayerSpec } from '../spec.ts';
import { classify, conv, input, normalizedRelu, type Part, pool } from './parts.ts';

/** The reference job's network: 421,642 parameters. */
export const reference: Part = [
  input,
  { type: 'zeroPadding2d', padding: 1 },
  { type: 'conv2d', filters: 32, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'maxPooling2d', poolSize: 2 },
  { type: 'zeroPadding2d', padding: 1 },
  { type: 'conv2d', filters: 64, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'maxPooling2d', poolSize: 2 },
  { type: 'flatten' },
  { type: 'dense', units: 128, activation: 'relu' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 10, activation: 'softmax' },
];

export const referenceWithoutDropout: Part = reference.filter(({ type }: LayerSpec) => type !== 'dropout');

const normalized = (filters: readonly number[]): Part => [
  input,
  ...filters.flatMap((count) => [conv(count), pool, ...normalizedRelu]),
  { type: 'flatten' },
  { type: 'dense', units: 128, activation: 'relu' },
];

/** Batch normalisation after each pool instead of dropout: 421,738 trainable parameters. */
export const referenceNormalized: Part = [...normalized([32, 64]), { type: 'dropout', rate: 0.3 }, classify];

/** The same with fewer filters, and without dropout: 313,202 trainable parameters. */
export const referenceNormalizedNarrow: Part = [...normalized([24, 48]), classify];
