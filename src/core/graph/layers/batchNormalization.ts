import { type Buffer, type Float, float, noAddress, type Pointer } from '../../engine/buffers.ts';
import type {
  BackwardContext,
  ForwardContext,
  Layer,
  LayerDefinition,
  LoweringContext,
  Numbers,
  ReferenceInput,
} from '../layer.ts';
import { boolean, positiveInteger } from '../options.ts';
import { sizeOf } from '../shape.ts';
import type { BatchNormalizationSpec } from '../spec.ts';

/** Keras' epsilon; its momentum, 0.99, would after 200 steps still hold 13 % of the initial values. */
const defaults = { momentum: 0.9, epsilon: 1e-3 };

export function normalizationSettings({ spec, inputShape }: Layer<BatchNormalizationSpec>) {
  const { momentum = defaults.momentum, epsilon = defaults.epsilon, groupSize = 0 } = spec;
  const { center = true, scale = true } = spec;
  const C = inputShape.at(-1)!;
  return { momentum, epsilon, groupSize, center, scale, C, P: sizeOf(inputShape) / C };
}

type Context = LoweringContext<BatchNormalizationSpec>;

/** Whether statistics are those of the batch; a layer that is not trained keeps to the moving ones. */
function usesBatch({ layer, batchStatistics }: Context): boolean {
  return batchStatistics && layer.spec.trainable !== false;
}

function optional(c: Context, role: 'gamma' | 'beta', isThere: boolean): Pointer {
  return isThere ? c.parameter(role) : noAddress;
}

function statisticsOf(c: Context): Buffer {
  const { C, groupSize, center, scale, epsilon } = normalizationSettings(c.layer);
  if (usesBatch(c)) {
    const groups = groupSize ? Math.ceil(c.microBatch / groupSize) : 1;
    return c.buffer('statistics', groups * 4 * C * 4);
  }
  return c.packedWeights('statistics', 4 * C * 4, (statistics, emit) =>
    emit(
      'movingStatistics',
      {
        gamma: optional(c, 'gamma', scale),
        beta: optional(c, 'beta', center),
        statistics,
        movingMean: c.parameter('movingMean'),
        movingVariance: c.parameter('movingVariance'),
        C,
        epsilon: float(epsilon),
      },
      { units: C, chunkSize: 64 },
    ),
  );
}

const perImage = { units: 'images', chunkSize: 2 } as const;

/** Adds the forward calls; `ceiling`: of the layer and a rectifier behind it, whose outputs end there; 0: none. */
export function lowerNormalizationForward(c: ForwardContext<BatchNormalizationSpec>, ceiling: Float): void {
  const { C, P, groupSize, center, scale, epsilon, momentum } = normalizationSettings(c.layer);
  const { x, y } = c;
  const statistics = statisticsOf(c);
  if (usesBatch(c)) {
    const moments = c.buffer('moments', c.microBatch * 2 * C * 4);
    c.emit('imageMoments', { x, moments, P, C }, perImage);
    c.emit(
      'batchStatistics',
      {
        moments,
        gamma: optional(c, 'gamma', scale),
        beta: optional(c, 'beta', center),
        statistics,
        movingMean: c.parameter('movingMean'),
        movingVariance: c.parameter('movingVariance'),
        P,
        C,
        groupSize,
        epsilon: float(epsilon),
        // All of the moving statistics is kept where they have moved already.
        momentum: float(c.isRepeated ? 1 : momentum),
      },
      { units: C, chunkSize: 8 },
    );
  }
  const shared = usesBatch(c) ? groupSize : 0;
  c.emit('normalizeForward', { x, statistics, y, P, C, groupSize: shared, ceiling }, perImage);
}

/** Adds the backward calls. */
export function lowerNormalizationBackward(c: BackwardContext<BatchNormalizationSpec>, ceiling: Float): void {
  const { C, P, groupSize, center, scale } = normalizationSettings(c.layer);
  const { x, dy, dx } = c;
  const statistics = statisticsOf(c);
  const isBatch = usesBatch(c);
  const shared = isBatch ? groupSize : 0;
  let means = noAddress;
  if (c.parameterGradients || (dx && isBatch)) {
    const sums = c.buffer('sums', c.microBatch * 2 * C * 4);
    if (isBatch) means = c.buffer('means', (statistics.bytes / 4) * 2);
    c.emit('normalizeGradientSums', { x, dy, statistics, sums, P, C, groupSize: shared, ceiling }, perImage);
    const gradient = (role: 'gamma' | 'beta', isThere: boolean) =>
      c.parameterGradients && isThere ? c.gradient(role) : noAddress;
    const gradients = { dgamma: gradient('gamma', scale), dbeta: gradient('beta', center) };
    c.emit(
      'normalizeGradientMeans',
      { sums, ...gradients, means, P, C, groupSize: shared },
      { units: C, chunkSize: 8 },
    );
  }
  if (dx) c.emit('normalizeBackward', { x, dy, statistics, means, dx, P, C, groupSize: shared, ceiling }, perImage);
}

/** y = γ · (x − mean) ÷ √(variance + ε) + β, channel by channel (Ioffe & Szegedy 2015). */
export const batchNormalization: LayerDefinition<BatchNormalizationSpec> = {
  help: {
    options:
      '[`momentum`: 0.9 by default; `epsilon`: 0.001; `center`, `scale`: whether β and γ exist, true; `groupSize`: images with statistics of their own, the whole batch by default; `trainable`]',
    shape: 'unchanged',
  },
  options: {
    momentum: (value) => (typeof value === 'number' && value >= 0 && value < 1 ? null : 'a number from 0 to below 1'),
    epsilon: (value) => (typeof value === 'number' && value > 0 && value < 1 ? null : 'a number between 0 and 1'),
    center: boolean,
    scale: boolean,
    groupSize: positiveInteger,
    trainable: boolean,
  },
  required: [],
  outputShape: (_, input) => input!,
  parameters({ center = true, scale = true, trainable = true }, input) {
    const shape = [input.at(-1)!];
    const zeros = { type: 'zeros' } as const;
    const ones = { type: 'ones' } as const;
    return [
      ...(scale ? [{ role: 'gamma', shape, initializer: ones, trainable } as const] : []),
      ...(center ? [{ role: 'beta', shape, initializer: zeros, trainable } as const] : []),
      { role: 'movingMean', shape, initializer: zeros, trainable: false },
      { role: 'movingVariance', shape, initializer: ones, trainable: false },
    ];
  },
  traits: () => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: 'samePosition',
    mixesChannels: false,
    keepsZeros: false,
    hasFeatureMaps: false,
    activation: null,
  }),
  batchGroup: ({ groupSize, trainable = true }) => (trainable ? (groupSize ?? 'batch') : null),
  isIdentity: () => false,
  forward: (c) => lowerNormalizationForward(c, float(0)),
  backward: (c) => lowerNormalizationBackward(c, float(0)),
  reference: referencePass,
};

/** Statistics of one channel over the images of one group. */
interface Group {
  readonly mean: number;
  readonly inverse: number;
}

function referencePass({ layer, N, x, parameters, batchStatistics }: ReferenceInput<BatchNormalizationSpec>) {
  const { C, P, groupSize, center, scale } = normalizationSettings(layer);
  const epsilon = Math.fround(normalizationSettings(layer).epsilon);
  const own = [...parameters];
  const gamma = scale ? own.shift()! : null;
  const beta = center ? own.shift()! : null;
  const [movingMean, movingVariance] = own as [Numbers, Numbers];
  const isBatch = batchStatistics && layer.spec.trainable !== false;
  const step = isBatch && groupSize ? groupSize : N;
  const groupOf = (i: number) => Math.floor(i / (P * C * step));
  const size = step * P;

  /** The mean over each group and channel of what `value` gives for an element: [groups][C]. */
  const means = (value: (i: number) => number): Float64Array[] => {
    const sums = Array.from({ length: Math.ceil(N / step) }, () => new Float64Array(C));
    for (let i = 0; i < x.length; i++) sums[groupOf(i)]![i % C]! += value(i);
    const last = (N - (sums.length - 1) * step) * P;
    return sums.map((group, g) => group.map((sum) => sum / (g === sums.length - 1 ? last : size)));
  };
  const statistics = (): Group[][] => {
    const inverseOf = (variance: number) => 1 / Math.sqrt(variance + epsilon);
    if (!isBatch)
      return [Array.from({ length: C }, (_, c) => ({ mean: movingMean[c]!, inverse: inverseOf(movingVariance[c]!) }))];
    const mean = means((i) => x[i]!);
    const variance = means((i) => (x[i]! - mean[groupOf(i)]![i % C]!) ** 2);
    return mean.map((group, g) => Array.from(group, (m, c) => ({ mean: m, inverse: inverseOf(variance[g]![c]!) })));
  };
  const groups = statistics();
  const of = (i: number) => groups[isBatch ? groupOf(i) : 0]![i % C]!;
  const normal = (i: number) => (x[i]! - of(i).mean) * of(i).inverse;
  const sum = (value: (i: number) => number) => {
    const sums = new Float64Array(C);
    for (let i = 0; i < x.length; i++) sums[i % C]! += value(i);
    return sums;
  };
  return {
    forward: () => Float64Array.from(x, (_, i) => normal(i) * (gamma?.[i % C] ?? 1) + (beta?.[i % C] ?? 0)),
    inputGradients(dy: Numbers) {
      const plain = isBatch ? means((i) => dy[i]!) : null;
      const scaled = isBatch ? means((i) => dy[i]! * normal(i)) : null;
      return [
        Float64Array.from(dy, (g, i) => {
          const rest = plain ? plain[groupOf(i)]![i % C]! + normal(i) * scaled![groupOf(i)]![i % C]! : 0;
          return (gamma?.[i % C] ?? 1) * of(i).inverse * (g - rest);
        }),
      ];
    },
    parameterGradients: (dy: Numbers) => [
      ...(gamma ? [sum((i) => dy[i]! * normal(i))] : []),
      ...(beta ? [sum((i) => dy[i]!)] : []),
      new Float64Array(C),
      new Float64Array(C),
    ],
  };
}
