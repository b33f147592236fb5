import { ablateMaps } from './analyses/ablation.ts';
import { analyseActivations } from './analyses/activations.ts';
import { analyseRepresentations } from './analyses/representations.ts';
import { sufficientUnits } from './analyses/sufficientUnits.ts';
import { explainAndScore } from './attribution/attribution.ts';
import type { WholeProgress } from './progress.ts';
import type { InspectionTarget, OnProgress } from './target.ts';

/** The tasks of an inspection, which are independent and may run in parallel. */
const tasks = {
  activations: analyseActivations,
  sufficientUnits,
  ablation: ablateMaps,
  representations: analyseRepresentations,
  attribution: explainAndScore,
};

export type TaskName = keyof typeof tasks;

/** The inputs of each task: plain data, which can be sent to other threads. */
export type TaskInputs = {
  readonly [Name in TaskName]: Omit<Parameters<(typeof tasks)[Name]>[0], 'target' | 'onProgress'>;
};

export type TaskResults = { readonly [Name in TaskName]: Awaited<ReturnType<(typeof tasks)[Name]>> };

/** Runs a task, here or on another thread. The result does not depend on where. */
export type RunTask = <Name extends TaskName>(
  name: Name,
  input: TaskInputs[Name],
  onProgress: OnProgress,
) => Promise<TaskResults[Name]>;

/** Runs tasks here, one after the other. */
export function localTasks(target: InspectionTarget): RunTask {
  let last: Promise<unknown> = Promise.resolve();
  return (name, input, onProgress) => {
    const work = tasks[name] as unknown as (options: object) => Promise<TaskResults[typeof name]>;
    const result = last.then(() => work({ ...input, target, onProgress }));
    last = result.catch(() => undefined);
    return result;
  };
}

/**
 * Runs tasks in parallel, those with the longest expected duration first.
 * @param expected duration of each, in any unit
 */
export async function runTasks<Names extends TaskName>(
  inputs: Pick<TaskInputs, Names>,
  expected: Readonly<Record<Names, number>>,
  runTask: RunTask,
  progress: WholeProgress<Names>,
): Promise<Pick<TaskResults, Names>> {
  const names = (Object.keys(inputs) as Names[]).sort((a, b) => expected[b] - expected[a]);
  const results = await Promise.all(
    names.map((name) => progress.during(name, (onProgress) => runTask(name, inputs[name], onProgress))),
  );
  return Object.fromEntries(names.map((name, i) => [name, results[i]])) as unknown as Pick<TaskResults, Names>;
}
