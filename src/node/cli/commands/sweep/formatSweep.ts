import type { ParameterValue, SweepResult, TrialResult } from '../../../../core/tuning/result.ts';
import { compact, fixed, percent, plural } from '../../../../views/numbers.ts';

const secondNames = { multiplyAdds: 'multiply-adds', parameters: 'parameters', seconds: 'seconds' } as const;

/** A value of the objective. */
export function formatValue({ objective }: Pick<SweepResult, 'objective'>, value: number | null): string {
  return objective.metric === 'validationLoss' ? fixed(value, 4) : percent(value, 2);
}

/** "learningRate 0.002  width 16". */
export function formatParameters(parameters: Readonly<Record<string, ParameterValue>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join('  ');
}

/** The trials of a sweep, the best first, with what else there is to say about it. */
export function formatSweep(result: SweepResult): string {
  const { trials, best, importance, front, secondObjective, changes } = result;
  const bestTrial = best === null ? undefined : trials[best];
  const failed = trials.filter(({ status }) => status === 'failed');
  return [
    formatTable(result),
    '',
    ...failed.map(({ number, error }) => `trial ${number} failed: ${error}`),
    ...changes.map(({ trial, change }) => `changed before trial ${trial}: ${change}`),
    ...(importance
      ? [`importance   ${importance.map(({ name, share }) => `${name} ${percent(share, 0)}`).join('  ')}`]
      : []),
    ...(secondObjective && front.length > 0
      ? [`Pareto front ${plural(front.length, 'trial')} by ${secondNames[secondObjective.metric]}: ${front.join(', ')}`]
      : []),
    ...(bestTrial
      ? [
          `best         trial ${bestTrial.number}: ${formatValue(result, bestTrial.value)} on the validation images`,
          `train it     ${bestTrial.command}`,
        ]
      : ['No trial was trained to its end.']),
    '',
  ].join('\n');
}

function formatTable(result: SweepResult): string {
  const { trials, parameters, secondObjective } = result;
  const names = parameters.map(({ name }) => name);
  const metric = result.objective.metric === 'validationLoss' ? 'loss' : 'accuracy';
  const rows = [
    ['trial', 'status', 'epochs', metric, ...(secondObjective ? [secondNames[secondObjective.metric]] : []), ...names],
    ...[...trials]
      .sort(bestFirst(result))
      .map((trial) => [
        String(trial.number),
        trial.status,
        String(trial.curve.length),
        formatValue(result, trial.value),
        ...(secondObjective ? [compact(trial.second)] : []),
        ...names.map((name) => String(trial.parameters[name] ?? '–')),
      ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Trials that were trained longer before others, then by their values. */
function bestFirst({ objective }: SweepResult): (a: TrialResult, b: TrialResult) => number {
  const sign = objective.direction === 'maximize' ? -1 : 1;
  const rank = ({ status }: TrialResult) => (status === 'complete' ? 0 : status === 'failed' ? 2 : 1);
  return (a, b) =>
    rank(a) - rank(b) ||
    b.curve.length - a.curve.length ||
    sign * ((a.value ?? 0) - (b.value ?? 0)) ||
    a.number - b.number;
}
