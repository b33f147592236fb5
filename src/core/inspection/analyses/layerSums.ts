import { sizeOf } from '../../graph/shape.ts';
import { bootstrapDefinedMean, jackknifeEstimate, type Resamples } from '../measures/intervals.ts';
import { classSelectivity, hoyer, trevesRolls } from '../measures/unitMeasures.ts';
import type { Estimate, LayerMeasures, MeasureName } from '../record.ts';
import type { DepthLayer } from '../target.ts';

/** The measures that need every test image, but each only once. */
export type StreamedMeasures = Pick<
  LayerMeasures,
  | 'zeroFraction'
  | 'populationSparseness'
  | 'lifetimeSparseness'
  | 'hoyerSparseness'
  | 'classSelectivity'
  | 'undefinedCases'
>;

/** Sums over a layer's outputs: per image, per unit and per class, but never units × images. */
export interface LayerSums {
  /**
   * Adds image n of the sample. Images come group by group, groups counted from 0.
   * @param values float32, the layer's output of several images
   * @param from start of this image's output
   */
  add(values: Float32Array, from: number, n: number, group: number, label: number): void;
  measures(resamples: Resamples): StreamedMeasures;
  /** A channel's selectivity over all images. */
  selectivity(channel: number): ReturnType<typeof classSelectivity>;
}

export interface LayerSumsOptions {
  readonly depth: DepthLayer;
  /** N and Y. */
  readonly images: number;
  readonly classes: number;
  /** Groups of the jackknife. */
  readonly groups: number;
}

/**
 * Units are channel × position for sparseness, channels (their spatial mean) for selectivity. Intervals are bootstrapped over
 * images for means over images; for means over units (lifetime sparseness, selectivity), which are ratios of sums over images,
 * they come from leaving out one random group of images in turn.
 */
export function createLayerSums({ depth, images, classes, groups }: LayerSumsOptions): LayerSums {
  const { nonNegative, afterRelu, layer } = depth;
  const U = sizeOf(layer.outputShape);
  const K = layer.outputShape.at(-1)!;
  const perImage = () => new Float64Array(images);
  const zeros = perImage();
  const population = perImage();
  const hoyers = perImage();
  const unitwise = nonNegative ? U : 0;
  const unitSums = new Float32Array(unitwise * groups);
  const unitSquares = new Float32Array(unitwise * groups);
  const classSums = new Float64Array(nonNegative ? groups * classes * K : 0);
  const classCounts = new Float64Array(groups * classes);
  const groupCounts = new Float64Array(groups);

  const addSigned = (values: Float32Array, from: number, n: number) => {
    const { absolutes, squares } = signedSums(values.subarray(from, from + U));
    hoyers[n] = hoyer(U, absolutes, squares) ?? Number.NaN;
  };

  const addNonNegative = (values: Float32Array, from: number, n: number, group: number, label: number) => {
    const image = values.subarray(from, from + U);
    const ofGroup = (table: Float32Array) => table.subarray(group * U, (group + 1) * U);
    const { squares, zeroes } = addUnits(image, ofGroup(unitSums), ofGroup(unitSquares));
    const row = (group * classes + label) * K;
    const sum = addChannels(image, classSums.subarray(row, row + K));
    classCounts[group * classes + label]! += 1;
    groupCounts[group]! += 1;
    zeros[n] = zeroes / U;
    population[n] = trevesRolls(U, sum, squares) ?? Number.NaN;
    hoyers[n] = hoyer(U, sum, squares) ?? Number.NaN;
  };

  const totalsOf = (table: Float32Array | Float64Array) => {
    const width = table.length / groups;
    const totals = new Float64Array(width);
    for (let i = 0; i < table.length; i++) totals[i % width]! += table[i]!;
    return totals;
  };

  const lifetime = () => {
    const [sums, squares] = [totalsOf(unitSums), totalsOf(unitSquares)];
    return meanOfRatios(groups, (left) => {
      const count = images - (left < 0 ? 0 : groupCounts[left]!);
      const values: number[] = [];
      for (let u = 0; u < U; u++) {
        const sum = sums[u]! - (left < 0 ? 0 : unitSums[left * U + u]!);
        const square = squares[u]! - (left < 0 ? 0 : unitSquares[left * U + u]!);
        const value = trevesRolls(count, sum, square);
        if (value !== null) values.push(value);
      }
      return { values, undefinedCases: U - values.length };
    });
  };

  let totalsByClass: { sums: Float64Array; counts: Float64Array } | undefined;
  const selectivity = (channel: number, left = -1) => {
    totalsByClass ??= { sums: totalsOf(classSums), counts: totalsOf(classCounts) };
    const means = new Float64Array(classes);
    for (let y = 0; y < classes; y++) {
      const place = left * classes + y;
      const sum = totalsByClass.sums[y * K + channel]! - (left < 0 ? 0 : classSums[place * K + channel]!);
      const count = totalsByClass.counts[y]! - (left < 0 ? 0 : classCounts[place]!);
      // The spatial mean's division by the number of positions cancels out.
      means[y] = count === 0 ? Number.NaN : Math.max(0, sum / count);
    }
    return classSelectivity(means);
  };

  return {
    add: nonNegative ? addNonNegative : addSigned,
    selectivity: (channel) => (nonNegative ? selectivity(channel) : null),
    measures(resamples) {
      const undefinedCases: Partial<Record<MeasureName, number>> = {};
      const noted = (name: MeasureName, result: { estimate: Estimate | null; undefinedCases: number }) => {
        if (result.undefinedCases > 0) undefinedCases[name] = result.undefinedCases;
        return result.estimate;
      };
      const perImageMean = (name: MeasureName, values: Float64Array, applies = true) =>
        applies ? noted(name, bootstrapDefinedMean(values, resamples)) : null;
      return {
        zeroFraction: perImageMean('zeroFraction', zeros, afterRelu),
        populationSparseness: perImageMean('populationSparseness', population, nonNegative),
        lifetimeSparseness: nonNegative ? noted('lifetimeSparseness', lifetime()) : null,
        hoyerSparseness: perImageMean('hoyerSparseness', hoyers),
        classSelectivity: nonNegative
          ? noted(
              'classSelectivity',
              meanOfRatios(groups, (left) => {
                const found = Array.from({ length: K }, (_, k) => selectivity(k, left)?.value);
                const values = found.filter((value) => value !== undefined);
                return { values, undefinedCases: K - values.length };
              }),
            )
          : null,
        undefinedCases,
      };
    },
  };
}

// The loops over every activation of every image: no closures, no branches (zeros are unpredictable), no nesting.

function signedSums(values: Float32Array): { absolutes: number; squares: number } {
  let absolutes = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    absolutes += Math.abs(value);
    squares += value * value;
  }
  return { absolutes, squares };
}

function addUnits(values: Float32Array, sums: Float32Array, squaresOf: Float32Array) {
  let squares = 0;
  let zeroes = 0;
  for (let u = 0; u < values.length; u++) {
    const value = values[u]!;
    const square = value * value;
    sums[u]! += value;
    squaresOf[u]! += square;
    squares += square;
    zeroes += Number(value === 0);
  }
  return { squares, zeroes };
}

/** Adds each channel's sum to its place; returns the sum of all. */
function addChannels(values: Float32Array, channels: Float64Array): number {
  let total = 0;
  const K = channels.length;
  for (let k = 0; k < K; k++) {
    let sum = 0;
    for (let i = k; i < values.length; i += K) sum += values[i]!;
    channels[k]! += sum;
    total += sum;
  }
  return total;
}

/** A mean over the units for which it is defined, of all images (group −1), and its jackknife interval within [0, 1]. */
function meanOfRatios(groups: number, ratios: (left: number) => { values: readonly number[]; undefinedCases: number }) {
  const meanWithout = (left: number) => {
    const { values } = ratios(left);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const { values, undefinedCases } = ratios(-1);
  if (values.length === 0) return { estimate: null, undefinedCases };
  const replicates = Array.from({ length: groups }, (_, left) => meanWithout(left)).filter((m) => !Number.isNaN(m));
  return { estimate: jackknifeEstimate(meanWithout(-1), replicates, [0, 1]), undefinedCases };
}
