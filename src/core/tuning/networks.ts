import { SelvedgeError } from '../errors.ts';
import { builtinNetwork, builtinNetworkName } from '../graph/builtin.ts';
import { buildNetwork } from '../graph/network.ts';
import { parseNetwork } from '../graph/parse.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { summarise } from '../graph/summary.ts';
import { mostSimilar } from '../similar.ts';
import { settingNames } from '../training/configuration.ts';
import { fail, failUnknown } from './file.ts';
import type { ParameterValue } from './result.ts';
import { countOf, type Parameters, valueAt } from './space.ts';
import { type NetworkSource, type SweepSpec, setupOf } from './spec.ts';

/** The contents of the JSON files that a sweep names, by the names in it. */
export type NetworkFiles = Readonly<Record<string, unknown>>;

/** `"$width"`, `"$width * 2"` or `"$width / 2"`. */
const placeholder = /^\$([A-Za-z_]\w*)(?:\s*([*/])\s*(\d+(?:\.\d+)?))?$/;

/** All networks of a sweep. */
function sourcesOf({ network, dimensions }: SweepSpec): readonly NetworkSource[] {
  const chosen = dimensions.find(({ target }) => target === 'network');
  return chosen ? (chosen.values as readonly string[]) : [network];
}

/** The JSON files that a sweep names. */
export function networkFilesOf(spec: SweepSpec): readonly string[] {
  return sourcesOf(spec).filter(
    (source): source is string => typeof source === 'string' && builtinNetworkName(source) === undefined,
  );
}

/** A network as JSON, with its placeholders. */
function templateOf(source: NetworkSource, files: NetworkFiles): unknown {
  if (typeof source !== 'string') return source;
  return builtinNetworkName(source) === undefined ? files[source] : builtinNetwork(source);
}

function placeholdersIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return placeholder.exec(value)?.slice(1, 2) ?? [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(placeholdersIn) : [];
}

function filled(value: unknown, parameters: Parameters): unknown {
  if (Array.isArray(value)) return value.map((one) => filled(one, parameters));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, parameters)]));
  }
  const found = typeof value === 'string' ? placeholder.exec(value) : null;
  return found ? placed(found, parameters[found[1]!]) : value;
}

function placed([text, , operator, factor]: RegExpExecArray, value: ParameterValue | undefined): unknown {
  if (operator === undefined) return value;
  if (typeof value !== 'number') {
    throw new SelvedgeError('bad-spec', `"${text}" in the network needs a number, but the value is ${value}.`);
  }
  return operator === '*' ? value * Number(factor) : value / Number(factor);
}

export interface TrialNetwork {
  /** A built-in network's name or a file's; null where the layers are the trial's own. */
  readonly name: string | null;
  readonly spec: readonly LayerSpec[];
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/** @throws SelvedgeError 'bad-spec' where the placeholders' values make no network */
export function networkOf(source: NetworkSource, files: NetworkFiles, parameters: Parameters): TrialNetwork {
  const template = templateOf(source, files);
  const spec = parseNetwork(filled(template, parameters));
  const network = buildNetwork(spec);
  const isOwn = typeof source !== 'string' || placeholdersIn(template).length > 0;
  return {
    name: isOwn ? null : (builtinNetworkName(source) ?? source),
    spec,
    parameters: network.parameterCount,
    multiplyAdds: summarise(network).reduce((sum, layer) => sum + layer.multiplyAdds, 0),
  };
}

/**
 * Checks a sweep with its networks: each parameter that is no setting fills a placeholder, each placeholder has a parameter, and the
 * smallest or the largest values make a run.
 * @throws SelvedgeError 'bad-option' or 'bad-spec'
 */
export function requireUsable(spec: SweepSpec, files: NetworkFiles, file: string): void {
  const sources = sourcesOf(spec);
  const used = sources.flatMap((source) => placeholdersIn(templateOf(source, files)));
  const names = spec.dimensions.map(({ parameter }) => parameter.name);
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const meant = mostSimilar(unknown, names);
    fail(
      `The network has the placeholder "$${unknown}", but ${file} has no parameter of that name${meant === undefined ? '; add it' : ` (did you mean ${meant}?)`}.`,
    );
  }
  for (const { parameter, target } of spec.dimensions) {
    if (target !== 'placeholder' || used.includes(parameter.name)) continue;
    if (mostSimilar(parameter.name, [...settingNames, 'network']) !== undefined) {
      failUnknown(`${file}: parameters`, 'setting', parameter.name, [...settingNames, 'network'], '');
    }
    fail(
      `${file}: parameters has ${parameter.name}, which is neither a setting of a run nor a placeholder of the network; write "$${parameter.name}" in the network, or use a setting that selvedge train --print-config lists.`,
    );
  }
  for (const source of sources) {
    const [first, second] = [cornerOf(spec, 0), cornerOf(spec, 1)].map((corner) =>
      failureOf(spec, source, files, corner),
    );
    if (first && second) throw new SelvedgeError(first.code, `${file} makes no run. ${first.message}`);
  }
}

/** The parameters' first values, or their last ones. */
function cornerOf({ dimensions }: SweepSpec, end: 0 | 1): Parameters {
  return Object.fromEntries(
    dimensions.map(({ parameter }) => {
      const { name } = parameter;
      if (parameter.kind === 'choice') return [name, valueAt(parameter, end * (countOf(parameter) - 1))];
      return [name, end === 0 ? parameter.low : parameter.high];
    }),
  );
}

function failureOf(
  spec: SweepSpec,
  source: NetworkSource,
  files: NetworkFiles,
  corner: Parameters,
): SelvedgeError | undefined {
  try {
    setupOf(spec, corner);
    networkOf(source, files, corner);
    return undefined;
  } catch (error) {
    if (error instanceof SelvedgeError) return error;
    throw error;
  }
}
