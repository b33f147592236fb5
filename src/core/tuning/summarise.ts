import { SelvedgeError } from '../errors.ts';
import { pedAnova } from './importance.ts';
import type { CurvePoint, SweepState, TrialState } from './journal.ts';
import type { SweepResult, TrialResult, TrialStatus } from './result.ts';
import { currentVersion, lossAfter, nextRound, pendingTasks, rungsOf, wholeEpochs } from './rounds.ts';
import { contains } from './space.ts';
import { commandOf, folderOf, prepareTrial } from './trials.ts';

/** Fewer trials say nothing about importance. */
const fewestForImportance = 10;

export interface SummaryOptions {
  /** The curves so far of the trials that run now. */
  readonly running: ReadonlyMap<number, readonly CurvePoint[]>;
  /** The sweep's folder and further options, for the trials' command lines. */
  readonly folder: string;
  readonly options: readonly string[];
}

/** A sweep's state as tables and reports show it. */
export function summariseSweep(state: SweepState, { running, folder, options }: SummaryOptions): SweepResult {
  const { spec } = currentVersion(state);
  const isOver = isFinished(state);
  const trials = state.trials.map((trial): TrialResult => {
    const prepared = prepareTrial(state, trial);
    const isUsable = !(prepared instanceof SelvedgeError);
    const curve = longer(trial.curve, running.get(trial.number) ?? []);
    const seconds = curve.reduce((sum, point) => sum + point.seconds, 0);
    const last = curve.at(-1);
    const second = { seconds, ...(isUsable && prepared.network) };
    return {
      number: trial.number,
      status: statusOf(state, trial, running.has(trial.number), isOver),
      parameters: trial.parameters,
      curve: curve.map(({ epoch, loss, accuracy }) => ({ epoch, loss, accuracy })),
      value: last ? (spec.objective.metric === 'validationLoss' ? last.loss : last.accuracy) : null,
      second: (spec.secondObjective && last && second[spec.secondObjective.metric]) ?? null,
      seconds,
      error: trial.error,
      folder: folderOf(trial.number),
      command: isUsable ? commandOf(prepared, folder, trial.number, options) : '',
    };
  });
  const sign = spec.objective.direction === 'maximize' ? -1 : 1;
  const complete = trials.filter(({ status }) => status === 'complete');
  const losses = new Map(complete.map(({ number, value }) => [number, sign * value!]));
  const best = complete.reduce<number | null>(
    (found, { number }) => (found === null || losses.get(number)! < losses.get(found)! ? number : found),
    null,
  );
  const beats = (a: TrialResult, b: TrialResult) => {
    const [x, y] = [losses.get(a.number)!, losses.get(b.number)!];
    return x <= y && a.second! <= b.second! && (x < y || a.second! < b.second!);
  };
  return {
    name: state.name,
    seed: spec.seed,
    sampler: spec.sampler.kind,
    objective: spec.objective,
    secondObjective: spec.secondObjective,
    parameters: spec.dimensions.map(({ parameter }) => parameter),
    trials,
    importance: importanceOf(state),
    front: spec.secondObjective
      ? complete.filter((one) => !complete.some((other) => beats(other, one))).map(({ number }) => number)
      : [],
    best,
    changes: state.changes,
  };
}

/** Whether nothing is left to do. */
export function isFinished(state: SweepState): boolean {
  return pendingTasks(state).length === 0 && nextRound(state).length === 0;
}

function longer<Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  return b.length > a.length ? b : a;
}

function statusOf(state: SweepState, trial: TrialState, isRunning: boolean, isOver: boolean): TrialStatus {
  if (trial.error !== null) return 'failed';
  if (isRunning) return 'running';
  if (trial.isPending) return trial.curve.length > 0 ? 'paused' : 'waiting';
  if (trial.curve.length >= wholeEpochs(state, trial)) return 'complete';
  return isOver ? 'stopped' : 'paused';
}

/** By the results of complete trials; with halving, after the most epochs that enough trials have reached. */
function importanceOf(state: SweepState): SweepResult['importance'] {
  const { spec } = currentVersion(state);
  const parameters = spec.dimensions.map(({ parameter }) => parameter);
  const usable = state.trials.filter(
    (trial) => trial.error === null && parameters.every((one) => contains(one, trial.parameters[one.name])),
  );
  const complete = usable.filter((trial) => trial.curve.length >= wholeEpochs(state, trial));
  const rated = [
    complete.map((trial) => ({ parameters: trial.parameters, loss: lossAfter(spec, trial, trial.curve.length) })),
    ...[...rungsOf(spec)]
      .reverse()
      .map((rung) =>
        usable
          .filter((trial) => trial.curve.length >= rung)
          .map((trial) => ({ parameters: trial.parameters, loss: lossAfter(spec, trial, rung) })),
      ),
  ].find((trials) => trials.length >= fewestForImportance);
  return rated ? pedAnova(parameters, rated) : null;
}
