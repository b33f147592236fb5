import { exp, log } from '../engine/portable.ts';
import type { RandomSequence } from '../engine/random.ts';
import type { ParameterValue, SweepParameter } from './result.ts';

/** A trial's values by the names of the parameters. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

export type NumericParameter = Extract<SweepParameter, { low: number }>;

/** The distance of a parameter's values, or null where they are continuous. Whole numbers on a logarithmic scale are 1 apart. */
export function stepOf({ kind, step }: NumericParameter): number | null {
  return kind === 'whole' ? (step ?? 1) : step;
}

/** How many values a parameter has; infinite where they are continuous. */
export function countOf(parameter: SweepParameter): number {
  if (parameter.kind === 'choice') return parameter.choices.length;
  const step = stepOf(parameter);
  return step === null ? Number.POSITIVE_INFINITY : stepsIn(parameter, step) + 1;
}

/** How often the step fits between low and high; 0.3 ÷ 0.1 is 2.9999999999999996 and counts as 3. */
function stepsIn({ low, high }: NumericParameter, step: number): number {
  return Math.floor((high - low) / step + 1e-9);
}

/** The n-th value of a parameter that has finitely many. */
export function valueAt(parameter: SweepParameter, n: number): ParameterValue {
  if (parameter.kind === 'choice') return parameter.choices[n]!;
  return tidy(parameter.low + n * stepOf(parameter)!, 12);
}

/** Whether a value is one that the parameter could have. */
export function contains(parameter: SweepParameter, value: ParameterValue | undefined): boolean {
  if (parameter.kind === 'choice') return parameter.choices.includes(value!);
  return typeof value === 'number' && value >= parameter.low && value <= parameter.high;
}

/** The interval in which a numeric parameter is drawn: its logarithm where the scale is, and half a step more on each side. */
export function internalRange(parameter: NumericParameter): readonly [low: number, high: number] {
  const half = (stepOf(parameter) ?? 0) / 2;
  const [low, high] = [parameter.low - half, parameter.high + half];
  return parameter.log ? [log(low), log(high)] : [low, high];
}

export function toInternal({ log: isLog }: NumericParameter, value: number): number {
  return isLog ? log(value) : value;
}

/** The allowed value that is nearest to a point of the internal range. Continuous ones are kept to seven digits, for people to read. */
export function fromInternal(parameter: NumericParameter, point: number): number {
  const { low, high } = parameter;
  const value = parameter.log ? exp(point) : point;
  const step = stepOf(parameter);
  if (step === null) return Math.min(high, Math.max(low, tidy(value, 7)));
  const n = Math.min(stepsIn(parameter, step), Math.max(0, Math.round((value - low) / step)));
  return tidy(low + n * step, 12);
}

/** 0.30000000000000004 → 0.3. */
function tidy(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** Uniform in [0, 1), a multiple of 2⁻⁵³. */
export function uniform(random: RandomSequence): number {
  const high = random.uint32() >>> 5;
  return (high * 67_108_864 + (random.uint32() >>> 6)) / 9_007_199_254_740_992;
}

/** A value at random: uniform over the internal range, or over the choices. */
export function drawValue(parameter: SweepParameter, random: RandomSequence): ParameterValue {
  if (parameter.kind === 'choice') return parameter.choices[random.below(parameter.choices.length)]!;
  const [low, high] = internalRange(parameter);
  return fromInternal(parameter, low + uniform(random) * (high - low));
}
