import { defaultConfiguration } from '../training/configuration.ts';
import type { SweepState, SweepVersion, Task, TrialState } from './journal.ts';
import { type Observation, suggest } from './samplers.ts';
import type { Parameters } from './space.ts';
import type { SweepSpec } from './spec.ts';

/** The epochs of a whole trial. */
export function epochsOf({ settings }: SweepSpec, parameters: Parameters): number {
  return (parameters['epochs'] as number | undefined) ?? settings.epochs ?? defaultConfiguration.epochs;
}

/** The version of the sweep's file that counts now. */
export function currentVersion({ versions }: SweepState): SweepVersion {
  return versions.at(-1)!;
}

/** The epochs of a trial in all. */
export function wholeEpochs({ versions }: SweepState, trial: TrialState): number {
  return epochsOf(versions[trial.version]!.spec, trial.parameters);
}

/** The numbers of epochs after which trials pause and are compared. */
export function rungsOf(spec: SweepSpec): readonly number[] {
  const rungs: number[] = [];
  if (spec.halving) {
    const whole = epochsOf(spec, {});
    for (let rung = spec.halving.firstEpochs; rung < whole; rung *= spec.halving.factor) rungs.push(rung);
  }
  return rungs;
}

/** The objective after a number of epochs, the sign changed where more is better; infinite where the trial failed before. */
export function lossAfter({ objective }: SweepSpec, trial: TrialState, epochs: number): number {
  const point = trial.curve[epochs - 1];
  if (!point) return Number.POSITIVE_INFINITY;
  return objective.metric === 'validationLoss' ? point.loss : -point.accuracy;
}

/**
 * What to do when all results of the round before are known: promotions first, those of the highest rung before others (ASHA, Li et al.
 * 2020, arXiv 1810.05934), then new trials, up to the size of a round. It follows from the journal alone: neither from the
 * number of parallel trials nor from any time.
 *
 * @returns an empty list when the sweep is over
 */
export function nextRound(state: SweepState): readonly Task[] {
  const { spec } = currentVersion(state);
  const tasks: Task[] = [...promotions(state, 0)].slice(0, spec.round);
  const parameters = spec.dimensions.map((dimension) => dimension.parameter);
  const observations = state.trials.map((trial) => observed(state, trial));
  while (tasks.length < spec.round && observations.length < spec.trials) {
    const number = observations.length;
    const { seed, trials } = spec;
    const point = suggest(spec.sampler, { seed, number, trials, parameters, observations });
    if (!point) break;
    const epochs = rungsOf(spec)[0] ?? epochsOf(spec, point);
    tasks.push({ trial: number, epochs, parameters: point });
    observations.push({ parameters: point, loss: null, isComplete: false, epochs: 0 });
  }
  // In the end at least one trial of each rung goes on, so that one is trained to the end.
  return tasks.length > 0 ? tasks : promotions(state, 1).slice(0, spec.round);
}

function observed(state: SweepState, trial: TrialState): Observation {
  const { parameters, curve, error, isPending } = trial;
  const epochs = curve.length;
  const isUnknown = isPending && epochs === 0;
  const loss = isUnknown ? null : error === null ? lossAfter(currentVersion(state).spec, trial, epochs) : Infinity;
  return { parameters, loss, isComplete: error === null && epochs === wholeEpochs(state, trial), epochs };
}

/** The trials that are among the best 1 ÷ factor of their rung, `least` or more of each, and have not gone on yet. */
function promotions(state: SweepState, least: number): readonly Task[] {
  const { spec } = currentVersion(state);
  const rungs = rungsOf(spec);
  return rungs.flatMap((_, i) => {
    const place = rungs.length - 1 - i;
    const rung = rungs[place]!;
    const ranked = state.trials
      .filter((trial) => trial.curve.length >= rung || (trial.error !== null && trial.epochs >= rung))
      .map((trial) => ({ trial, loss: lossAfter(spec, trial, rung) }))
      .sort((a, b) => (a.loss === b.loss ? a.trial.number - b.trial.number : a.loss - b.loss));
    const best = ranked.slice(0, Math.max(least, Math.floor(ranked.length / spec.halving!.factor)));
    const epochs = rungs[place + 1] ?? epochsOf(spec, {});
    return best.flatMap(({ trial }) =>
      trial.error === null && trial.epochs === rung && !trial.isPending ? [{ trial: trial.number, epochs }] : [],
    );
  });
}

/** The tasks that were handed out and have no result: those of a sweep that was interrupted. */
export function pendingTasks({ trials }: SweepState): readonly Task[] {
  return trials.flatMap(({ number, epochs, isPending }) => (isPending ? [{ trial: number, epochs }] : []));
}

/** The epochs that a sweep will train in all, if about as many trials are promoted as its factor says; for the time left. */
export function expectedEpochs(state: SweepState): number {
  const { spec } = currentVersion(state);
  const known = state.trials.reduce(
    (sum, trial) => sum + (trial.error === null ? trial.epochs : trial.curve.length),
    0,
  );
  const waiting = Math.max(0, spec.trials - state.trials.length);
  const rungs = rungsOf(spec);
  if (rungs.length === 0) return known + waiting * epochsOf(spec, {});
  const ends = [...rungs, epochsOf(spec, {})];
  const whole = ends.reduce((sum, end, i) => {
    const trials = Math.max(1, Math.floor(spec.trials / spec.halving!.factor ** i));
    return sum + trials * (end - (ends[i - 1] ?? 0));
  }, 0);
  return Math.max(known + waiting * ends[0]!, whole);
}
