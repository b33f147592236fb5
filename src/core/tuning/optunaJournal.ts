import type { ParameterValue, SweepParameter, SweepResult, TrialResult } from './result.ts';
import { contains } from './space.ts';

/** Codes of operations and states in Optuna's storages/journal/_storage.py, study/_study_direction.py and trial/_state.py. */
const operations = { createStudy: 0, setStudyUserAttribute: 2, createTrial: 4 } as const;
const directions = { minimize: 1, maximize: 2 } as const;
const states = { running: 0, complete: 1, stopped: 2, paused: 2, failed: 3, waiting: 4 } as const;

/** An instant that every version of the file has, so that it depends on the results alone; only differences are shown. */
const begin = Date.UTC(2000, 0, 1);

/**
 * A sweep as a study in the format of Optuna's JournalFileBackend: JSON lines that `optuna.storages.JournalStorage` and optuna-dashboard
 * read. Paused and stopped trials are pruned ones there. Steps of intermediate values are epochs; times are the trials' seconds,
 * counted from the year 2000.
 */
export function optunaJournal(result: SweepResult): string {
  const { name, objective, trials, parameters } = result;
  const attribute = (key: string, value: unknown) => ({
    ...{ op_code: operations.setStudyUserAttribute, worker_id: 'selvedge', study_id: 0 },
    user_attr: { [key]: value },
  });
  const lines = [
    {
      ...{ op_code: operations.createStudy, worker_id: 'selvedge', study_name: name },
      directions: [directions[objective.direction]],
    },
    attribute('objective', objective.metric),
    attribute('sampler', result.sampler),
    ...trials.map((trial) => createTrial(trial, parameters, result)),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function createTrial(
  trial: TrialResult,
  parameters: readonly SweepParameter[],
  { objective, secondObjective }: SweepResult,
) {
  const { status, value, second, curve, seconds, error, folder, command } = trial;
  const its = parameters.filter((one) => contains(one, trial.parameters[one.name]));
  const isOver = status !== 'running' && status !== 'waiting';
  const intermediate = curve.map(({ epoch, loss, accuracy }) => [
    epoch,
    objective.metric === 'validationLoss' ? loss : accuracy,
  ]);
  return {
    ...{ op_code: operations.createTrial, worker_id: 'selvedge', study_id: 0 },
    state: states[status],
    // As Optuna does, pruned trials have the last intermediate value.
    value: isOver && status !== 'failed' ? value : null,
    values: null,
    datetime_start: status === 'waiting' ? null : isoTime(0),
    ...(isOver && { datetime_complete: isoTime(seconds) }),
    distributions: Object.fromEntries(its.map((one) => [one.name, JSON.stringify(distributionOf(one))])),
    params: Object.fromEntries(its.map((one) => [one.name, internalValue(one, trial.parameters[one.name]!)])),
    user_attrs: {
      ...{ folder, command },
      ...(error !== null && { error }),
      ...(secondObjective && { [secondObjective.metric]: second }),
    },
    system_attrs: {},
    intermediate_values: Object.fromEntries(intermediate),
  };
}

function isoTime(seconds: number): string {
  return new Date(begin + seconds * 1000).toISOString().replace('Z', '000+00:00');
}

function distributionOf(parameter: SweepParameter) {
  if (parameter.kind === 'choice') {
    return { name: 'CategoricalDistribution', attributes: { choices: parameter.choices } };
  }
  const { kind, low, high, log, step } = parameter;
  const attributes = { step: kind === 'whole' ? (step ?? 1) : step, low, high, log };
  return { name: kind === 'whole' ? 'IntDistribution' : 'FloatDistribution', attributes };
}

/** A number itself, and a choice's place. */
function internalValue(parameter: SweepParameter, value: ParameterValue): number {
  return parameter.kind === 'choice' ? parameter.choices.indexOf(value) : (value as number);
}
