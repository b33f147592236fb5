import type { Preprocessing } from '../../data/preprocessing.ts';
import { SelvedgeError } from '../../errors.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import {
  completeConfiguration,
  type RunConfiguration,
  type SettingName,
  settingNames,
  showSetting,
} from '../../training/configuration.ts';

/** What decides whether two runs differ by their seed only. */
export interface RunIdentity {
  /** What messages call the run. */
  readonly name: string;
  readonly network: { readonly name: string; readonly spec: readonly LayerSpec[] };
  readonly configuration: RunConfiguration;
  readonly preprocessing: Preprocessing;
  readonly parameters: number;
  /** SHA-256 of the trained weights. */
  readonly weightsSha256: string;
}

/** Runs with the same network, settings and preprocessing, by ascending seed; each seed once. */
export interface RunGroup<Run extends RunIdentity> {
  /** What distinguishes it from the other groups: its network, and the settings that differ. */
  readonly label: string;
  readonly runs: readonly Run[];
}

export interface GroupedRuns<Run extends RunIdentity> {
  /** In the order of their first runs. */
  readonly groups: readonly RunGroup<Run>[];
  /** Runs that are counted once because another has the same configuration, seed and weights. */
  readonly repeated: readonly { readonly name: string; readonly as: string }[];
}

/**
 * Groups runs that differ by their seed only.
 * @throws SelvedgeError 'bad-data' where two runs of a group have the same seed and other weights
 */
export function groupRuns<Run extends RunIdentity>(runs: readonly Run[]): GroupedRuns<Run> {
  const found = new Map<string, Run[]>();
  const repeated: { name: string; as: string }[] = [];
  for (const run of runs) {
    const key = groupKey(run);
    const group = found.get(key) ?? [];
    const { seed } = run.configuration;
    const earlier = group.find(({ configuration }) => configuration.seed === seed);
    if (!earlier) {
      found.set(key, [...group, run]);
    } else if (earlier.weightsSha256 === run.weightsSha256) {
      repeated.push({ name: run.name, as: earlier.name });
    } else {
      throw new SelvedgeError(
        'bad-data',
        `${earlier.name} and ${run.name} have the same configuration and seed ${seed}, but other weights, so they come from different builds of the engine; leave one of them out.`,
      );
    }
  }
  const groups = [...found.values()];
  const labels = labelsOf(groups.map(([first]) => first!));
  return {
    groups: groups.map((group, i) => ({
      label: labels[i]!,
      runs: group.sort((a, b) => a.configuration.seed - b.configuration.seed),
    })),
    repeated,
  };
}

function groupKey({ network, configuration, preprocessing }: RunIdentity): string {
  const { seed: _, ...settings } = completeConfiguration(configuration);
  return canonical([network.spec, settings, preprocessing]);
}

/** JSON with the keys of every object in alphabetical order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function labelsOf(runs: readonly RunIdentity[]): string[] {
  const configurations = runs.map(({ configuration }) => completeConfiguration(configuration));
  const shown = (i: number, name: SettingName) => showSetting(configurations[i]![name]);
  const differing = settingNames.filter(
    (name) => name !== 'seed' && new Set(configurations.map((_, i) => shown(i, name))).size > 1,
  );
  const settings = runs.map((_, i) => differing.map((name) => `${name} ${shown(i, name)}`));
  const labels = runs.map(({ network }, i) => [network.name, ...settings[i]!].join(', '));
  const isShared = (label: string, all: readonly string[]) => all.indexOf(label) !== all.lastIndexOf(label);
  // Two files of one name may hold different networks.
  const withSizes = labels.map((label, i) =>
    isShared(label, labels) ? `${label} (${runs[i]!.parameters} parameters)` : label,
  );
  return withSizes.map((label, i) => (isShared(label, withSizes) ? `${label}, ${runs[i]!.name}` : label));
}
