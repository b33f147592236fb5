import { SelvedgeError } from '../errors.ts';
import {
  defaultConfiguration,
  optionOf,
  type RunConfiguration,
  settingNames,
  showSetting,
} from '../training/configuration.ts';
import type { SweepState, TrialState } from './journal.ts';
import { networkOf, type TrialNetwork } from './networks.ts';
import { setupOf } from './spec.ts';

/** The file of a trial's own network in its run's folder. */
export const networkFileName = 'network.json';

/** The folder of a trial's run in the sweep's. */
export function folderOf(number: number): string {
  return `trials/${String(number).padStart(4, '0')}`;
}

/** All that a trial trains. */
export interface PreparedTrial {
  readonly configuration: RunConfiguration;
  readonly given: Partial<RunConfiguration>;
  readonly network: TrialNetwork;
}

/** @returns the error where the trial's values contradict each other or make no network */
export function prepareTrial({ versions }: SweepState, trial: TrialState): PreparedTrial | SelvedgeError {
  const { spec, networks } = versions[trial.version]!;
  try {
    const { source, ...settings } = setupOf(spec, trial.parameters);
    return { ...settings, network: networkOf(source, networks, trial.parameters) };
  } catch (error) {
    if (error instanceof SelvedgeError) return error;
    throw error;
  }
}

/**
 * The command that trains a trial's run again, from its start to its end.
 * @param folder the sweep's, as the command names it
 * @param options that go with it, such as the data set's folder
 */
export function commandOf(
  { given, network }: Pick<PreparedTrial, 'given' | 'network'>,
  folder: string,
  number: number,
  options: readonly string[],
): string {
  const file = network.name ?? `${folder}/${folderOf(number)}/${networkFileName}`;
  const words = settingNames.flatMap((name) => {
    const value = given[name];
    const isDefault = JSON.stringify(value) === JSON.stringify(defaultConfiguration[name]);
    return value === undefined || value === null || isDefault ? [] : [optionOf(name), showSetting(value)];
  });
  return ['selvedge', 'train', '--network', file, ...words, ...options].map(quoted).join(' ');
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
