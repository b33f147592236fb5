import { showSetting } from '../training/configuration.ts';
import { fail, show } from './file.ts';
import type { SweepVersion } from './journal.ts';
import type { SweepParameter } from './result.ts';
import type { SweepSpec } from './spec.ts';

/**
 * What was changed in a sweep's file since the version before, in words.
 * @throws SelvedgeError 'bad-option' where new trials could not be compared with the earlier ones
 */
export function changesBetween(before: SweepVersion, after: SweepVersion): readonly string[] {
  requireComparable(before.spec, after.spec, after.file);
  const [was, is] = [before.spec, after.spec].map(entriesOf) as [Entries, Entries];
  const changed = [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [old, now] = [was.get(name), is.get(name)];
    if (old === now) return [];
    if (old === undefined) return [`${name} is new: ${now}`];
    return [now === undefined ? `${name} is left out; it was ${old}` : `${name}: ${old} → ${now}`];
  });
  const files = Object.keys(after.networks).filter(
    (file) => file in before.networks && JSON.stringify(after.networks[file]) !== JSON.stringify(before.networks[file]),
  );
  return [...changed, ...files.map((file) => `${file} has other contents`)];
}

type Entries = ReadonlyMap<string, string>;

function entriesOf({
  seed,
  trials,
  round,
  sampler,
  secondObjective,
  settings,
  network,
  dimensions,
}: SweepSpec): Entries {
  const { kind, ...details } = sampler;
  return new Map([
    ...Object.entries({ seed, trials, round, ...details }).map(([key, value]) => [key, String(value)] as const),
    ['sampler', kind],
    ['second objective', secondObjective?.metric ?? 'none'],
    ['network', typeof network === 'string' ? network : show(network)],
    ...Object.entries(settings).map(([key, value]) => [`setting ${key}`, showSetting(value)] as const),
    ...dimensions.map(({ parameter }) => [parameter.name, describeParameter(parameter)] as const),
  ]);
}

/** "0.0001 to 0.01, logarithmic", or the choices. */
export function describeParameter(parameter: SweepParameter): string {
  if (parameter.kind === 'choice') return parameter.choices.map(String).join(', ');
  const { low, high, log, step } = parameter;
  return `${low} to ${high}${log ? ', logarithmic' : ''}${step === null ? '' : `, step ${step}`}`;
}

function requireComparable(before: SweepSpec, after: SweepSpec, file: string): void {
  const fixed = ({ objective, halving, settings }: SweepSpec) => ({
    objective: objective.metric,
    halving: halving && `firstEpochs ${halving.firstEpochs}, factor ${halving.factor}`,
    epochs: settings.epochs,
    validation: settings.validation,
    limit: settings.limit,
  });
  const [was, is] = [fixed(before), fixed(after)];
  for (const key of Object.keys(was) as (keyof typeof was)[]) {
    if ((was[key] ?? null) === (is[key] ?? null)) continue;
    fail(
      `${file} changes ${key} from ${was[key] ?? 'its default'} to ${is[key] ?? 'its default'}, so new trials could not be compared with the earlier ones; change it back, or start a new sweep with --out.`,
    );
  }
}
