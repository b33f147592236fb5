import { exp, log } from '../engine/portable.ts';
import { normalMass } from './normal.ts';
import type { SweepParameter } from './result.ts';
import { type NumericParameter, type Parameters, stepOf } from './space.ts';

/** A trial whose result counts. */
export interface RatedTrial {
  readonly parameters: Parameters;
  /** Lower is better. */
  readonly loss: number;
}

/** The share of the trials that counts as good, and the points of the grid on which densities are compared. */
const goodShare = 0.1;
const gridPoints = 50;

/**
 * How much each parameter had to do with reaching the best tenth of the trials, as shares that sum to 1: PED-ANOVA (Watanabe, Bansal,
 * Hutter 2023, arXiv 2304.10255), with the definitions of Optuna's PedAnovaImportanceEvaluator, normalised. It is the Pearson
 * divergence of the density of the best tenth from that of all trials, both by Parzen estimators with Scott's bandwidth on a grid.
 * Interactions are not seen.
 *
 * @returns null where every share would be 0
 */
export function pedAnova(
  parameters: readonly SweepParameter[],
  trials: readonly RatedTrial[],
): readonly { readonly name: string; readonly share: number }[] | null {
  if (trials.length < 2) return null;
  const losses = trials.map(({ loss }) => loss).sort((a, b) => a - b);
  const worstGood = losses[Math.ceil(goodShare * losses.length) - 1]!;
  const good = trials.filter(({ loss }) => loss <= worstGood);
  const divergences = parameters.map((parameter) => {
    const all = densityOnGrid(parameter, trials);
    return densityOnGrid(parameter, good).reduce((sum, density, i) => {
      const quotient = density / all[i]! - 1;
      return sum + all[i]! * quotient * quotient;
    }, 0);
  });
  const total = divergences.reduce((sum, one) => sum + one, 0);
  if (!(total > 0)) return null;
  return parameters.map(({ name }, i) => ({ name, share: divergences[i]! / total }));
}

function densityOnGrid(parameter: SweepParameter, trials: readonly RatedTrial[]): number[] {
  const values = trials.map((trial) => trial.parameters[parameter.name]!);
  const density =
    parameter.kind === 'choice'
      ? choiceDensity(
          values.map((value) => parameter.choices.indexOf(value)),
          parameter.choices.length,
        )
      : numericDensity(parameter, values as readonly number[]);
  return density.map((one) => one + 1e-12);
}

/** Every observed choice is one kernel, weighted by how often it occurs; a uniform one is the prior. */
function choiceDensity(observed: readonly number[], choices: number): number[] {
  const counts = countsOf(observed, choices);
  const kernels = counts.filter((count) => count > 0).length;
  const prior = 1 / (kernels + 1);
  const row = 1 + choices * prior;
  return counts.map(
    (count) => (((observed.length - count) * prior + count * (prior + 1)) / row + 1 / choices) / (observed.length + 1),
  );
}

function numericDensity(parameter: NumericParameter, values: readonly number[]): number[] {
  const points = gridSizeOf(parameter);
  const scaled = (value: number) => (parameter.log ? log(value) : value);
  const [low, high] = [scaled(parameter.low), scaled(parameter.high)];
  const step = (high - low) / (points - 1);
  // Points in the middle between two of the grid go to the lower one.
  const places = values.map((value) =>
    Math.min(points - 1, Math.max(0, Math.ceil((scaled(value) - low) / step - 0.5))),
  );
  const counts = countsOf(places, points);
  const observed = counts.flatMap((count, place) => (count > 0 ? [place] : []));
  const weights = observed.map((place) => counts[place]!);
  const width = scottWidth(observed, weights);
  const kernels = [
    ...observed.map((mean, i) => ({ mean, width, weight: weights[i]! })),
    { mean: (points - 1) / 2, width: points, weight: 1 },
  ].map((kernel) => ({ ...kernel, mass: massAround(kernel, -0.5, points - 0.5) }));
  return counts.map((_, point) => {
    const sum = kernels.reduce((s, one) => s + (one.weight * massAround(one, point - 0.5, point + 0.5)) / one.mass, 0);
    return sum / (values.length + 1);
  });
}

function massAround({ mean, width }: { readonly mean: number; readonly width: number }, from: number, to: number) {
  return normalMass((from - mean) / width, (to - mean) / width);
}

function gridSizeOf(parameter: NumericParameter): number {
  const { low, high } = parameter;
  if (parameter.kind === 'whole' && parameter.log) {
    return Math.min(gridPoints, Math.ceil(log(high - low + 1) / log(2) - 1e-12) + 1);
  }
  const step = stepOf(parameter);
  return step === null ? gridPoints : Math.min(gridPoints, Math.round((high - low) / step) + 1);
}

/** Scott's rule with the smaller of standard deviation and interquartile range ÷ 1.34; 90 % of a kernel within its point at the least. */
function scottWidth(observed: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, one) => sum + one, 0);
  const mean = observed.reduce((sum, one, i) => sum + one * weights[i]!, 0) / total;
  const squares = observed.reduce((sum, one, i) => sum + (one - mean) * (one - mean) * weights[i]!, 0);
  const deviation = Math.sqrt(squares / Math.max(1, total - 1));
  let running = 0;
  const cumulated = weights.map((weight) => {
    running += weight;
    return running;
  });
  const first = cumulated.findIndex((sum) => sum >= Math.floor(total / 4));
  const above = cumulated.findIndex((sum) => sum > Math.floor((total * 3) / 4));
  const last = above < 0 ? observed.length - 1 : above;
  const range = observed[last]! - observed[first]!;
  return Math.max(0.5 / 1.64, 1.059 * Math.min(range / 1.34, deviation) * exp(-0.2 * log(total)));
}

function countsOf(places: readonly number[], length: number): number[] {
  const counts = Array.from({ length }, () => 0);
  for (const place of places) counts[place]!++;
  return counts;
}
