import { definitionOf, layerTypes } from '../../src/core/graph/layers/index.ts';
import { buildNetwork, type Network } from '../../src/core/graph/network.ts';
import type { LayerSpec, LayerType } from '../../src/core/graph/spec.ts';
import { relativeError } from '../golden/golden.ts';
import { randomValues } from './fixtures.ts';

/** One layer, what goes in, and the gradient that comes back. */
export interface LayerCase {
  readonly name: string;
  readonly layer: LayerSpec;
  readonly inputShape: readonly number[];
  /** [N, …inputShape] */
  readonly x: Float32Array;
  /** The layer's own, in the order of its definition. */
  readonly parameters: Float32Array;
  /** [N, …outputShape] */
  readonly dy: Float32Array;
  /** Dropout's mask, [N, …inputShape]; without it dropout is off. */
  readonly kept?: readonly boolean[];
  /** Whether normalisation uses the statistics of the batch. */
  readonly batchStatistics?: boolean;
}

export interface LayerResult {
  readonly y: ArrayLike<number>;
  readonly dx: ArrayLike<number>;
  readonly parameterGradients: ArrayLike<number>;
}

/** Those that the suite has cases of: all but the input, and layers that join several. */
export const typesWithOneInput: readonly LayerType[] = layerTypes.filter(
  (type) => type !== 'input' && !definitionOf({ type } as LayerSpec).joins,
);

/** As `relativeError`, but where nothing other than zeros is expected: the largest absolute value. */
export function relativeErrorOrSize(is: ArrayLike<number>, should: ArrayLike<number>): number {
  if (is.length !== should.length) throw new Error(`${is.length} values instead of ${should.length}`);
  const allZero = Array.from(should).every((v) => v === 0);
  return allZero ? Array.from(is).reduce((most, v) => Math.max(most, Math.abs(v)), 0) : relativeError(is, should);
}

/** What the contract holds of: anything that runs one layer forward and backward. */
export type Implementation = (layerCase: LayerCase) => Promise<LayerResult>;

export function networkOf({ layer, inputShape }: Pick<LayerCase, 'layer' | 'inputShape'>): Network {
  return buildNetwork([{ type: 'input', shape: inputShape }, layer]);
}

/** Random parameters of a network up to ±scale; variances are positive. */
export function randomParameters(seed: number, network: Network, scale: number): Float32Array {
  const values = randomValues(seed, network.parameterCount, scale);
  for (const { role, offset, size } of network.parameters) {
    if (role !== 'movingVariance') continue;
    for (let i = offset; i < offset + size; i++) values[i] = Math.abs(values[i]!) + 0.1;
  }
  return values;
}

/** Whether the kernels compute this layer by Winograd's F(4×4, 3×3). */
export function usesWinograd({ layer, inputShape }: LayerCase): boolean {
  if (layer.type !== 'conv2d') return false;
  const { kernelSize, strides = 1, filters } = layer;
  return kernelSize === 3 && strides === 1 && inputShape[2]! % 8 === 0 && filters % 8 === 0;
}
