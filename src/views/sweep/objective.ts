import type { ParameterValue, SweepResult, TrialResult } from '../../core/tuning/result.ts';
import { compact, fixed, integer, percent } from '../numbers.ts';

export type Objective = SweepResult['objective'];
export type SecondObjective = NonNullable<SweepResult['secondObjective']>;

/** A trial whose objective is known. */
export type ValuedTrial = TrialResult & { readonly value: number };

export function objectiveName({ metric }: Objective): string {
  return { validationAccuracy: 'validation accuracy', validationLoss: 'validation loss' }[metric];
}

export function showObjective({ metric }: Objective, value: number | null): string {
  return metric === 'validationAccuracy' ? percent(value) : fixed(value, 4);
}

/** A tick of an axis of the objective. */
export function objectiveTick({ metric }: Objective, value: number, digits: number): string {
  return metric === 'validationAccuracy' ? percent(value, Math.max(0, digits - 2)) : value.toFixed(digits);
}

export function secondName({ metric }: SecondObjective): string {
  return { multiplyAdds: 'multiply-adds', parameters: 'network parameters', seconds: 'training seconds' }[metric];
}

export function showSecond({ metric }: SecondObjective, value: number | null): string {
  if (metric === 'seconds') return fixed(value, 1);
  return metric === 'parameters' ? integer(value) : compact(value);
}

/** Four significant digits of a fraction; whole numbers and words as they are. */
export function showParameter(value: ParameterValue | undefined): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '–';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value).replace(/^-(?=\d)/, '−');
  return String(Number(value.toPrecision(4))).replace(/^-/, '−');
}

export function hasValue(trial: TrialResult): trial is ValuedTrial {
  return trial.value !== null && Number.isFinite(trial.value);
}

/** Trials by their value, best first, then by number; those without a value last. */
export function byValue({ trials, objective }: SweepResult): TrialResult[] {
  const cost = (trial: TrialResult) => {
    if (!hasValue(trial)) return Number.POSITIVE_INFINITY;
    return objective.direction === 'maximize' ? -trial.value : trial.value;
  };
  return [...trials].sort((a, b) => {
    const [first, second] = [cost(a), cost(b)];
    return first === second ? a.number - b.number : first - second;
  });
}

/**
 * The part of an axis of the objective that plots show: from the best value to the worst that is at most three times as far
 * from it as the third quartile. What lies beyond, such as the values of diverged trials, is drawn at the edge.
 */
export function shownValues(values: readonly number[], { direction }: Objective): [number, number] {
  const sign = direction === 'maximize' ? -1 : 1;
  const costs = values
    .filter(Number.isFinite)
    .map((value) => value * sign)
    .sort((a, b) => a - b);
  const best = costs[0];
  if (best === undefined) return [0, 1];
  const reach = 3 * (costs[Math.ceil((costs.length - 1) * 0.75)]! - best);
  const worst = (reach > 0 ? costs.findLast((cost) => cost - best <= reach) : costs.at(-1)) ?? best;
  return direction === 'maximize' ? [-worst, -best] : [best, worst];
}

/** How many values an axis does not reach, as the end of a caption's sentence; empty if none. */
export function beyondEdge(values: readonly number[], [low, high]: readonly [number, number], noun: string): string {
  const beyond = values.filter((value) => value < low || value > high).length;
  if (beyond === 0) return '';
  return ` ${integer(beyond)} ${noun}${beyond === 1 ? ' lies' : 's lie'} beyond the axis and ${beyond === 1 ? 'is' : 'are'} drawn at its edge.`;
}

/**
 * The strength of a trial's colour by its number: 100 for the best value, 0 for the worst, the square of its rank between. By
 * rank, since a few low values would leave the better ones one colour; squared, since the better ones are of interest.
 */
export function tints(result: SweepResult): ReadonlyMap<number, number> {
  const valued = byValue(result).filter(hasValue);
  return new Map(
    valued.map(({ number }, rank) => [number, Math.round(100 * (1 - rank / Math.max(1, valued.length - 1)) ** 2)]),
  );
}

/** Words at the beginning of a sentence. */
export function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** A trial in words, shown on hover. */
export function trialInWords({ objective, secondObjective }: SweepResult, trial: TrialResult): string {
  const value = hasValue(trial)
    ? `${objectiveName(objective)} ${showObjective(objective, trial.value)}`
    : `no ${objectiveName(objective)}`;
  const second =
    secondObjective === null || trial.second === null
      ? ''
      : `, ${secondName(secondObjective)} ${showSecond(secondObjective, trial.second)}`;
  const parameters = Object.entries(trial.parameters).map(([name, setting]) => `${name} ${showParameter(setting)}`);
  return [`Trial ${trial.number} (${trial.status}): ${value}${second}`, ...parameters].join('\n');
}
