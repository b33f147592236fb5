import { permutation, randomSequence, streams } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import { fitParzen } from './parzen.ts';
import type { ParameterValue, SweepParameter } from './result.ts';
import { contains, countOf, drawValue, type Parameters, valueAt } from './space.ts';

/** What is known of an earlier trial. */
export interface Observation {
  readonly parameters: Parameters;
  /** Lower is better; infinite where the trial failed, null where its result is not known yet. */
  readonly loss: number | null;
  /** Trained to the end; otherwise `loss` is that of its `epochs`. */
  readonly isComplete: boolean;
  readonly epochs: number;
}

export interface TpeSettings {
  /** Whether one mixture spans all parameters, or each one has its own. */
  readonly multivariate: boolean;
  /** Trials at random before the first one that uses results. */
  readonly startupTrials: number;
  /** Draws from the density of good trials, of which the best is taken. */
  readonly candidates: number;
}

export type SamplerSettings =
  | { readonly kind: 'grid' }
  | { readonly kind: 'random' }
  | ({ readonly kind: 'tpe' } & TpeSettings);

/** More points are no grid that anyone could try. */
const largestGrid = 1_000_000;

/** The next trial: what its sampler draws from. */
export interface Suggestion {
  readonly seed: number;
  /** Of the new trial; it determines its draws. */
  readonly number: number;
  /** Of the sweep in all. */
  readonly trials: number;
  readonly parameters: readonly SweepParameter[];
  /** All earlier trials, by number. */
  readonly observations: readonly Observation[];
}

/** A new trial's parameters, or undefined when the grid is exhausted. */
export function suggest(sampler: SamplerSettings, suggestion: Suggestion): Parameters | undefined {
  switch (sampler.kind) {
    case 'grid':
      return nextOfGrid(suggestion);
    case 'random':
      return drawAll(suggestion);
    case 'tpe':
      return suggestByTpe(sampler, suggestion);
  }
}

function drawAll({ seed, number, parameters }: Suggestion): Parameters {
  const random = randomSequence(seed, streams.tuning, number);
  return Object.fromEntries(parameters.map((one) => [one.name, drawValue(one, random)]));
}

/** @throws SelvedgeError 'bad-option' naming a parameter with infinitely many values, or too many points */
export function gridSize(parameters: readonly SweepParameter[]): number {
  const continuous = parameters.find((one) => countOf(one) === Number.POSITIVE_INFINITY);
  if (continuous) {
    throw new SelvedgeError(
      'bad-option',
      `A grid needs finitely many values, but ${continuous.name} is continuous; give it a step or a list of choices, or take the sampler random or tpe.`,
    );
  }
  const size = parameters.reduce((product, one) => product * countOf(one), 1);
  if (size > largestGrid) {
    throw new SelvedgeError(
      'bad-option',
      `The grid has ${size} points, more than ${largestGrid}; take fewer choices or larger steps, or the sampler random or tpe.`,
    );
  }
  return size;
}

/**
 * The first point of the grid that has not been tried. The last parameter changes fastest; where there are fewer trials than
 * points, the order is random.
 */
function nextOfGrid({ seed, trials, parameters, observations }: Suggestion): Parameters | undefined {
  const size = gridSize(parameters);
  const key = (point: Parameters) => JSON.stringify(parameters.map(({ name }) => point[name]));
  const tried = new Set(observations.map((one) => key(one.parameters)));
  const order = trials < size ? permutation(size, randomSequence(seed, streams.tuning, 0)) : undefined;
  for (let i = 0; i < size; i++) {
    let rest = order?.[i] ?? i;
    const values: [string, ParameterValue][] = [];
    for (const parameter of [...parameters].reverse()) {
      const count = countOf(parameter);
      values.unshift([parameter.name, valueAt(parameter, rest % count)]);
      rest = Math.floor(rest / count);
    }
    const point = Object.fromEntries(values);
    if (!tried.has(key(point))) return point;
  }
  return undefined;
}

/**
 * Tree-structured Parzen estimators: the draw from the density of the good trials at which its quotient by that of the others is
 * largest. Good are the best tenth, 25 at most. Trials whose results are not known count as bad, so that the trials of one round differ;
 * so do failed ones.
 */
function suggestByTpe(settings: TpeSettings, suggestion: Suggestion): Parameters {
  const { seed, number, parameters } = suggestion;
  // Trials from before the space was changed are of use where they are points of the present one.
  const observations = suggestion.observations.filter((one) =>
    parameters.every((parameter) => contains(parameter, one.parameters[parameter.name])),
  );
  const known = observations.filter(({ loss }) => loss !== null);
  if (known.length < settings.startupTrials) return drawAll(suggestion);
  const ranked = known.filter(({ loss }) => Number.isFinite(loss)).sort(betterFirst);
  const good = new Set(ranked.slice(0, Math.min(25, Math.ceil(known.length / 10))));
  const [below, above] = [true, false].map((isGood) =>
    observations.filter((one) => good.has(one) === isGood).map((one) => one.parameters),
  );
  const random = randomSequence(seed, streams.tuning, number);
  const best = (its: readonly SweepParameter[]): Parameters => {
    const [l, g] = [fitParzen(its, below!), fitParzen(its, above!)];
    let chosen: { readonly point: Parameters; readonly score: number } | undefined;
    for (let i = 0; i < settings.candidates; i++) {
      const point = l.sample(random);
      const score = l.logDensity(point) - g.logDensity(point);
      if (!chosen || score > chosen.score) chosen = { point, score };
    }
    return chosen!.point;
  };
  if (settings.multivariate) return best(parameters);
  return Object.assign({}, ...parameters.map((one) => best([one]))) as Parameters;
}

/** Complete trials by their results, then paused ones: those that were trained longer first. */
function betterFirst(a: Observation, b: Observation): number {
  if (a.isComplete !== b.isComplete) return a.isComplete ? -1 : 1;
  return (a.isComplete ? 0 : b.epochs - a.epochs) || a.loss! - b.loss!;
}
