import {
  completeConfiguration,
  defaultConfiguration,
  describeSetting,
  type RunConfiguration,
  runConfigurationSchema,
  type SettingName,
  settingNames,
  showSetting,
  withoutForeignSettings,
} from '../training/configuration.ts';
import { choicesSchema, fail, failUnknown, parseTable, rangeSchema, readSweepFile, show } from './file.ts';
import type { ParameterValue, SweepParameter, SweepResult } from './result.ts';
import { gridSize, type SamplerSettings } from './samplers.ts';
import { countOf, type Parameters, valueAt } from './space.ts';

/** A network of a sweep: a built-in one's name, a JSON file, or a list of layers; with placeholders such as "$width". */
export type NetworkSource = string | readonly unknown[];

/** What a parameter sets. The values of a choice are behind its labels, which are what the command line would have. */
export interface SweepDimension {
  readonly parameter: SweepParameter;
  readonly target: 'setting' | 'network' | 'placeholder';
  readonly values: readonly unknown[];
}

/** A sweep as its file describes it. */
export interface SweepSpec {
  readonly name: string | null;
  readonly seed: number;
  readonly trials: number;
  /** Trials that are handed out together: the next ones are chosen when all their results are known. */
  readonly round: number;
  readonly sampler: SamplerSettings;
  readonly objective: SweepResult['objective'];
  readonly secondObjective: SweepResult['secondObjective'];
  readonly halving: { readonly firstEpochs: number; readonly factor: number } | null;
  readonly settings: Partial<RunConfiguration>;
  readonly network: NetworkSource;
  readonly dimensions: readonly SweepDimension[];
}

const defaultTrials = 20;

/**
 * Reads the contents of a sweep's file.
 * @param value YAML or JSON, parsed
 * @param file its name, for messages
 * @throws SelvedgeError 'bad-option' that names the entry and says what it should be
 */
export function parseSweep(value: unknown, file: string): SweepSpec {
  const table = readSweepFile(value, file);
  const { halving, parameters, tpe } = table;
  const settings = parseSettings(table.settings, file);
  for (const name of Object.keys(parameters)) {
    if (name in settings) fail(`${file} has ${name} under settings and under parameters; remove one of them.`);
  }
  if (!settings.validation) {
    fail(
      `${file} keeps no images for validation, by which trials are compared; set validation under settings, such as { validation: 5000 }.`,
    );
  }
  const dimensions = Object.entries(parameters).map(([name, one]) => parseDimension(name, one, `${file}: ${name}`));
  if (dimensions.length === 0) fail(`${file} has no parameters; give one or more, such as learningRate, with a range.`);
  const epochs = settings.epochs ?? defaultConfiguration.epochs;
  if (halving && 'epochs' in parameters) {
    fail(`${file} varies epochs, but halving compares trials of equal length; set epochs under settings.`);
  }
  if (halving && halving.firstEpochs >= epochs) {
    fail(
      `${file}: halving has firstEpochs: ${halving.firstEpochs}, but trials have only ${epochs} epochs; choose fewer.`,
    );
  }
  const space = dimensions.map(({ parameter }) => parameter);
  const sampler: SamplerSettings = table.sampler === 'tpe' ? { kind: 'tpe', ...tpe } : { kind: table.sampler };
  return {
    name: table.name,
    seed: table.seed,
    trials:
      sampler.kind === 'grid' ? Math.min(gridSize(space), table.trials ?? Infinity) : (table.trials ?? defaultTrials),
    round: table.round,
    sampler,
    objective: {
      metric: table.objective,
      direction: table.objective === 'validationAccuracy' ? 'maximize' : 'minimize',
    },
    secondObjective: table.secondObjective === null ? null : { metric: table.secondObjective },
    halving,
    settings,
    network: table.network,
    dimensions,
  };
}

function parseSettings(settings: Readonly<Record<string, unknown>>, file: string): Partial<RunConfiguration> {
  const where = `${file}: settings`;
  const parsed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(settings)) {
    if (key === 'network') fail(`${where} has network, which stands beside settings, not in it; move it there.`);
    if (!isSetting(key)) failUnknown(where, 'setting', key, settingNames, 'the settings are');
    parsed[key] = parseValue(key, value, `${where} has ${key}: ${show(value)}`);
  }
  return parsed;
}

const isSetting = (name: string): name is SettingName => (settingNames as readonly string[]).includes(name);

function parseValue(name: SettingName, value: unknown, subject: string): unknown {
  const parsed = runConfigurationSchema.shape[name].safeParse(value);
  if (parsed.success) return parsed.data;
  const { expected, default: initial } = describeSetting(name);
  fail(`${subject}, which should be ${expected}${initial === null ? ', or null' : ''}.`);
}

function parseDimension(name: string, value: unknown, where: string): SweepDimension {
  if (name === 'validation' || name === 'limit') {
    fail(`${where} cannot vary, since trials are compared on the same images; set it under settings.`);
  }
  const target = name === 'network' ? 'network' : isSetting(name) ? 'setting' : 'placeholder';
  if (!/^[A-Za-z_]\w*$/.test(name)) fail(`${where} is no name of letters, digits and "_".`);
  const isList = Array.isArray(value);
  if (isList || (typeof value === 'object' && value !== null && 'choices' in value)) {
    const { choices } = parseTable(choicesSchema, isList ? { choices: value } : value, where);
    return parseChoices(name, target, choices, where);
  }
  if (typeof value !== 'object' || value === null) {
    fail(`${where} is ${show(value)}, but should be a range such as { low: 1, high: 10 } or a list of choices.`);
  }
  return { parameter: parseRange(name, target, value, where), target, values: [] };
}

function parseChoices(
  name: string,
  target: SweepDimension['target'],
  choices: readonly unknown[],
  where: string,
): SweepDimension {
  const values = choices.map((choice) => {
    if (isSetting(name)) return parseValue(name, choice, `${where} has the choice ${show(choice)}`);
    const isFitting = target === 'network' ? typeof choice === 'string' : isScalar(choice);
    const kinds = target === 'network' ? "a built-in network's name or a JSON file" : 'a number, a word, true or false';
    return isFitting ? choice : fail(`${where} has the choice ${show(choice)}, which should be ${kinds}.`);
  });
  const labels = values.map((one): ParameterValue => (isScalar(one) ? one : one === null ? 'none' : showSetting(one)));
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined) fail(`${where} has the choice ${show(twice)} twice; remove one of them.`);
  return { parameter: { name, kind: 'choice', choices: labels }, target, values };
}

const isScalar = (value: unknown): value is ParameterValue =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

function parseRange(name: string, target: SweepDimension['target'], value: object, where: string): SweepParameter {
  const kind = isSetting(name) ? describeSetting(name).kind : target === 'network' ? 'word' : undefined;
  if (kind !== undefined && kind !== 'number' && kind !== 'whole number') {
    fail(`${where} is no number, so it has no range; give it a list of choices.`);
  }
  const { low, high, log, step, whole } = parseTable(rangeSchema, value, where);
  if (whole === false && kind === 'whole number') fail(`${where} takes whole numbers only; remove whole: false.`);
  const areWhole = [low, high, step ?? 1].every(Number.isInteger);
  const isWhole = whole ?? (kind === undefined ? areWhole && !log : kind === 'whole number');
  const range = `low ${low} to high ${high}`;
  if (low > high) fail(`${where} has an empty range: low ${low} is above high ${high}; exchange them.`);
  if (low === high) fail(`${where} has a range with one value, ${low}; set it under settings, or widen the range.`);
  if (isWhole && !areWhole)
    fail(`${where} takes whole numbers, but its range is ${range}, step ${step ?? 1}; use whole ones.`);
  if (log && low <= 0) fail(`${where} has a logarithmic scale from ${low}; choose a low above 0, or leave out log.`);
  if (log && step !== null) fail(`${where} has both log and step, which exclude each other; remove one of them.`);
  if (step !== null && step > high - low) {
    fail(`${where} has a step of ${step}, larger than its range, ${range}; choose a smaller one.`);
  }
  for (const [end, at] of Object.entries({ low, high })) {
    if (isSetting(name)) parseValue(name, at, `${where} has ${end}: ${at}`);
  }
  const parameter: SweepParameter = { name, kind: isWhole ? 'whole' : 'number', low, high, log, step };
  const count = countOf(parameter);
  // The largest value is one that can be reached.
  return Number.isFinite(count) ? { ...parameter, high: valueAt(parameter, count - 1) as number } : parameter;
}

/** What a trial trains. */
export interface TrialSetup {
  readonly configuration: RunConfiguration;
  /** The settings that the file gives: the configuration without defaults. */
  readonly given: Partial<RunConfiguration>;
  readonly source: NetworkSource;
}

/**
 * The run of a trial. Where the sweep varies the optimizer or the schedule, settings that the trial's has not are left out.
 * @throws SelvedgeError 'bad-option' where settings contradict each other
 */
export function setupOf(spec: SweepSpec, parameters: Parameters): TrialSetup {
  let settings: Partial<RunConfiguration> = spec.settings;
  let source = spec.network;
  for (const { parameter, target, values } of spec.dimensions) {
    const value = parameters[parameter.name];
    if (value === undefined) continue;
    if (target === 'network') source = value as string;
    if (target !== 'setting') continue;
    const set = parameter.kind === 'choice' ? values[parameter.choices.indexOf(value)] : value;
    settings = { ...settings, [parameter.name]: set };
  }
  for (const chooser of ['optimizer', 'schedule'] as const) {
    if (chooser in parameters) settings = withoutForeignSettings(chooser, settings);
  }
  return { configuration: completeConfiguration(settings), given: settings, source };
}
