import { cos, exp, log } from '../engine/portable.ts';
import type { RandomSequence } from '../engine/random.ts';
import { normalMass } from './normal.ts';
import type { ParameterValue, SweepParameter } from './result.ts';
import {
  fromInternal,
  internalRange,
  type NumericParameter,
  type Parameters,
  stepOf,
  toInternal,
  uniform,
} from './space.ts';

/**
 * A mixture of products of one-dimensional kernels, one for each observation and the prior at the end (Bergstra et al. 2011,
 * "Algorithms for hyper-parameter optimization"; details as in Optuna's TPESampler).
 */
export interface ParzenEstimator {
  sample(random: RandomSequence): Parameters;
  logDensity(values: Parameters): number;
}

interface Kernels {
  sample(kernel: number, random: RandomSequence): ParameterValue;
  /** Adds the logarithm of each kernel's density, or probability, of a value. */
  addLogDensities(value: ParameterValue, sums: Float64Array): void;
}

const tiny = 1e-300;
const logRootOfTwoPi = 0.9189385332046728;

/** @param observations in the order of the trials: from the 26th-newest on they weigh less the older they are */
export function fitParzen(parameters: readonly SweepParameter[], observations: readonly Parameters[]): ParzenEstimator {
  const weights = [...observationWeights(observations.length), 1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const logWeights = weights.map((weight) => log(weight / total));
  const kernels = parameters.map((parameter) => {
    const values = observations.map((one) => one[parameter.name]!);
    return parameter.kind === 'choice'
      ? choiceKernels(parameter.choices, values)
      : numericKernels(parameter, values as readonly number[]);
  });
  return {
    sample(random) {
      let left = uniform(random) * total;
      let kernel = 0;
      while (kernel < weights.length - 1 && left >= weights[kernel]!) left -= weights[kernel++]!;
      return Object.fromEntries(parameters.map(({ name }, i) => [name, kernels[i]!.sample(kernel, random)]));
    },
    logDensity(values) {
      const sums = Float64Array.from(logWeights);
      parameters.forEach(({ name }, i) => {
        kernels[i]!.addLogDensities(values[name]!, sums);
      });
      const largest = sums.reduce((a, b) => Math.max(a, b));
      return largest + log(sums.reduce((sum, one) => sum + exp(one - largest), 0));
    },
  };
}

/** 1 for the newest 25; before them from 1 ÷ n for the oldest up to 1. */
function observationWeights(n: number): number[] {
  const ramp = n - 25;
  return Array.from({ length: n }, (_, i) => {
    if (i >= ramp) return 1;
    return ramp === 1 ? 1 / n : 1 / n + (i / (ramp - 1)) * (1 - 1 / n);
  });
}

/** Each observation's choice has one count more than the shares of a prior. */
function choiceKernels(choices: readonly ParameterValue[], values: readonly ParameterValue[]): Kernels {
  const observed = values.map((value) => choices.indexOf(value));
  const prior = values.length === 0 ? 1 : 1 / (values.length + 1);
  const row = choices.length * prior;
  const weightOf = (kernel: number, choice: number) =>
    kernel === observed.length ? 1 / choices.length : (prior + (observed[kernel] === choice ? 1 : 0)) / (row + 1);
  return {
    sample(kernel, random) {
      let left = uniform(random);
      let choice = 0;
      while (choice < choices.length - 1 && left >= weightOf(kernel, choice)) left -= weightOf(kernel, choice++);
      return choices[choice]!;
    },
    addLogDensities(value, sums) {
      const choice = choices.indexOf(value);
      for (let k = 0; k < sums.length; k++) sums[k]! += log(weightOf(k, choice));
    },
  };
}

/** Normal kernels, cut at the ends of the range; as wide as the farther neighbour is away, within limits. */
function numericKernels(parameter: NumericParameter, values: readonly number[]): Kernels {
  const [low, high] = internalRange(parameter);
  const observed = values.map((value) => toInternal(parameter, value));
  const means = [...observed, (low + high) / 2];
  const widths = [...kernelWidths(observed, low, high), high - low];
  const logMasses = means.map((mean, k) => log(normalMass((low - mean) / widths[k]!, (high - mean) / widths[k]!)));
  const step = stepOf(parameter);
  // Stepped values recur.
  const densities = new Map<number, readonly number[]>();

  function logDensitiesOf(value: number): readonly number[] {
    const [point, from, to] = [value, value - step! / 2, value + step! / 2].map((one) =>
      toInternal(parameter, one),
    ) as [number, number, number];
    return means.map((mean, k) => {
      const width = widths[k]!;
      if (step !== null) {
        return log(Math.max(tiny, normalMass((from - mean) / width, (to - mean) / width))) - logMasses[k]!;
      }
      const z = (point - mean) / width;
      return -(z * z) / 2 - logRootOfTwoPi - log(width) - logMasses[k]!;
    });
  }

  return {
    sample(kernel, random) {
      // The mean is inside the range and no width is above the range's, so that a third of the draws or more are inside too.
      for (;;) {
        const point = means[kernel]! + widths[kernel]! * drawNormal(random);
        if (point >= low && point <= high) return fromInternal(parameter, point);
      }
    },
    addLogDensities(value, sums) {
      const logs = densities.get(value as number) ?? logDensitiesOf(value as number);
      densities.set(value as number, logs);
      for (let k = 0; k < sums.length; k++) sums[k]! += logs[k]!;
    },
  };
}

function kernelWidths(means: readonly number[], low: number, high: number): number[] {
  const order = means.map((_, i) => i).sort((a, b) => means[a]! - means[b]! || a - b);
  const sorted = [low, ...order.map((i) => means[i]!), high];
  const widths = Array.from({ length: means.length }, () => 0);
  const least = (high - low) / Math.min(100, means.length + 2);
  order.forEach((i, place) => {
    const [below, above] = [sorted[place + 1]! - sorted[place]!, sorted[place + 2]! - sorted[place + 1]!];
    // The outermost ones look at their neighbours only, not at the ends of the range.
    const isAlone = means.length === 1;
    const farther =
      place === 0 && !isAlone ? above : place === means.length - 1 && !isAlone ? below : Math.max(below, above);
    widths[i] = Math.min(high - low, Math.max(least, farther));
  });
  return widths;
}

/** Box and Muller's. */
function drawNormal(random: RandomSequence): number {
  return Math.sqrt(-2 * log(1 - uniform(random))) * cos(2 * Math.PI * uniform(random));
}
