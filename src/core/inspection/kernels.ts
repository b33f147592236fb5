import type { Layer } from '../graph/layer.ts';
import { traitsOf } from '../graph/layers/index.ts';
import type { Network } from '../graph/network.ts';
import { largestMagnitude } from './overview.ts';
import type { KernelMetrics, KernelSheet } from './record.ts';
import type { LayerChoice } from './target.ts';

/** Kernels over at most this many channels are shown channel by channel; others as mean and norm over channels. */
const mostSlices = 4;
/** Channels of one filter that are shown at most. */
const mostSlicesOfFilter = 32;

/** The kernel of a convolution. */
export interface Kernel {
  /** [R, S, C, K]: rows, columns, input channels, filters. */
  readonly shape: readonly [number, number, number, number];
  readonly values: Float32Array;
}

/** The kernels of all convolutions, float32 [R, S, C, K], by layer. Depthwise ones, [R, S, C], are left out. */
export function filtersOf(
  { layers }: Network,
  parameters: Float32Array,
  choice?: LayerChoice,
): ReadonlyMap<string, Float32Array> {
  const kernels = layers.flatMap(({ name, spec, parameters: [kernel] }) =>
    traitsOf(spec).hasFeatureMaps && kernel?.shape.length === 4 && (!choice || choice.explained.includes(name))
      ? [[name, parameters.slice(kernel.offset, kernel.offset + kernel.size)] as const]
      : [],
  );
  return new Map(kernels);
}

/** A layer's kernel, if it is a convolution. */
export function kernelOf(layer: Layer | null, filters: ReadonlyMap<string, Float32Array>): Kernel | null {
  const values = layer === null ? undefined : filters.get(layer.name);
  const shape = layer?.parameters[0]?.shape;
  return values && shape?.length === 4 ? { shape: shape as unknown as Kernel['shape'], values } : null;
}

/** One picture of all filters for each input channel, or their mean and their norm over all channels: values [R, S, K]. */
export function kernelSheets(kernel: Kernel): (Omit<KernelSheet, 'largest'> & { readonly values: Float32Array })[] {
  const { shape, values } = kernel;
  const [R, S, C, K] = shape;
  const of = (value: (position: number, k: number) => number) =>
    Float32Array.from({ length: R * S * K }, (_, i) => value(Math.floor(i / K), i % K));
  const weight = (position: number, c: number, k: number) => values[(position * C + c) * K + k]!;
  const sum = (term: (c: number) => number) => {
    let total = 0;
    for (let c = 0; c < C; c++) total += term(c);
    return total;
  };
  if (C <= mostSlices) {
    return Array.from({ length: C }, (_, channel) => ({
      kind: 'weights',
      channel,
      values: of((position, k) => weight(position, channel, k)),
    }));
  }
  return [
    { kind: 'mean', channel: null, values: of((position, k) => sum((c) => weight(position, c, k)) / C) },
    { kind: 'norm', channel: null, values: of((position, k) => Math.sqrt(sum((c) => weight(position, c, k) ** 2))) },
  ];
}

/** One filter: its weights [R, S, C]. */
export function filterOf({ shape, values }: Kernel, k: number): Float32Array {
  return Float32Array.from({ length: values.length / shape[3] }, (_, i) => values[i * shape[3] + k]!);
}

/** The numbers beside the pictures of kernels. */
export function kernelMetrics({ layers }: Network, filters: ReadonlyMap<string, Float32Array>): KernelMetrics[] {
  return layers.flatMap((layer) => {
    const kernel = kernelOf(layer, filters);
    if (!kernel) return [];
    const sheets = kernelSheets(kernel).map(({ values, ...sheet }) => ({
      ...sheet,
      largest: largestMagnitude(values),
    }));
    const ofFilters = Array.from({ length: kernel.shape[3] }, (_, k) => {
      const filter = filterOf(kernel, k);
      const energies = new Float64Array(kernel.shape[2]);
      for (const [i, weight] of filter.entries()) energies[i % energies.length]! += weight ** 2;
      const strongest = Array.from(energies, (_, c) => c).sort((a, b) => energies[b]! - energies[a]!);
      return { largest: largestMagnitude(filter), channels: strongest.slice(0, mostSlicesOfFilter) };
    });
    return [{ layer: layer.name, sheets, filters: ofFilters }];
  });
}
