import { readFile } from 'node:fs/promises';
import { SelvedgeError } from '../core/errors.ts';
import { mostSimilar } from '../core/similar.ts';
import {
  describeSetting,
  type RunConfiguration,
  runConfigurationSchema,
  type SettingName,
  settingNames,
} from '../core/training/configuration.ts';

/** The settings of a run that a file gives, and its network: a built-in one's name, or a JSON file. */
export interface ConfigFile {
  readonly settings: Partial<RunConfiguration>;
  readonly network?: string;
}

const keys = ['network', ...settingNames] as const;
const isKey = (key: string): key is (typeof keys)[number] => (keys as readonly string[]).includes(key);

/**
 * Reads a file of settings: YAML, of which JSON is a part.
 * @throws SelvedgeError 'missing-file', or 'bad-option' naming the file and the setting
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `The configuration ${file} cannot be read (${cause.message}).`, { cause });
  });
  return parseConfig(text, file, (await import('yaml')).parseDocument);
}

/**
 * The table in a text of YAML or JSON.
 * @throws SelvedgeError 'bad-option' naming the file
 */
export async function readTable(text: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-option', `${file} ${what}.`);
  };
  return tableIn(text, fail, (await import('yaml')).parseDocument);
}

/** @param parseDocument the one of the package `yaml`, which is loaded only where it is needed */
export function parseConfig(
  text: string,
  file: string,
  parseDocument: typeof import('yaml').parseDocument,
): ConfigFile {
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-option', `${file} ${what}.`);
  };
  const table = tableIn(text, fail, parseDocument);
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table)) {
    if (!isKey(key)) {
      const meant = mostSimilar(key, keys);
      const hint = meant ? ` (did you mean ${meant}?)` : `; the settings are ${keys.join(', ')}`;
      return fail(`has the unknown setting '${key}'${hint}`);
    }
    if (key === 'network') continue;
    const parsed = runConfigurationSchema.shape[key].safeParse(value);
    if (!parsed.success) {
      const { expected, default: initial } = describeSetting(key);
      fail(`has ${key}: ${JSON.stringify(value)}, which should be ${expected}${initial === null ? ', or null' : ''}`);
    }
    settings[key] = parsed.data;
  }
  const { network } = table;
  if (network === undefined) return { settings };
  if (typeof network === 'string') return { settings, network };
  return fail(
    `has network: ${JSON.stringify(network)}, which should be a built-in network's name or the path of a JSON file`,
  );
}

function tableIn(
  text: string,
  fail: (what: string) => never,
  parseDocument: typeof import('yaml').parseDocument,
): Readonly<Record<string, unknown>> {
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    fail(`is neither YAML nor JSON (${error.message.split('\n')[0]!.replace(/[.:]$/, '')}, line ${line})`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    // Aliases without an anchor, or so many that they would fill the memory.
    fail(`is no usable YAML (${(cause as Error).message})`);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) fail("is no table of settings such as 'epochs: 10'");
  return value as Readonly<Record<string, unknown>>;
}

/** A network and all settings as a file that `readConfigFile` reads, with their descriptions. */
export function formatConfig(network: string, configuration: RunConfiguration): string {
  const line = (name: string, value: unknown, comment: string) =>
    `${`${name}: ${JSON.stringify(value)}`.padEnd(34)} # ${comment}\n`;
  return [
    line('network', network, 'a built-in network, or a JSON file with a list of layers'),
    ...settingNames.map((name: SettingName) => line(name, configuration[name], describeSetting(name).description)),
  ].join('');
}
