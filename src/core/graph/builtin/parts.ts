import type { LayerSpec } from '../spec.ts';

/** Parts of the built-in networks. Convolutions that are normalised have no bias: β takes its place. */
export type Part = readonly LayerSpec[];

export const input: LayerSpec = { type: 'input', shape: [28, 28, 1] };
export const relu: LayerSpec = { type: 'relu' };
export const pool: LayerSpec = { type: 'maxPooling2d' };
export const normalization: LayerSpec = { type: 'batchNormalization' };
export const normalizedRelu: Part = [normalization, relu];
export const classify: LayerSpec = { type: 'dense', units: 10, activation: 'softmax' };

export function conv(filters: number, kernelSize = 3, strides = 1): LayerSpec {
  return { type: 'conv2d', filters, kernelSize, strides, padding: 'same', useBias: false };
}
