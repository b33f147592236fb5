import { z } from 'zod';
import type { Dataset } from '../data/images.ts';
import { resolveClasses, selectClasses } from '../data/selectClasses.ts';
import { SelvedgeError } from '../errors.ts';
import { parseNetwork } from '../graph/parse.ts';
import { flipKinds } from './augmentation.ts';
import { adamDefaults } from './optimizers/adam.ts';
import { adamWDefaults } from './optimizers/adamW.ts';
import { defaultDecayRoles, parameterRoles } from './optimizers/rules.ts';
import { sgdDefaults } from './optimizers/sgd.ts';
import { type ScheduleSettings, scheduleNames } from './schedules.ts';
import type { LearningSettings } from './trainer.ts';

// The kinds of values that settings have, each with the words that name them at the end of a sentence.
const wholeFrom = (least: number) =>
  z
    .int()
    .min(least)
    .meta({ expected: `a whole number from ${least} up` });
const aboveZero = z.number().positive().meta({ expected: 'a number above 0' });
const fromZero = z.number().min(0).meta({ expected: 'a number from 0 up' });
const belowOne = z.number().min(0).lt(1).meta({ expected: 'a number from 0 to below 1' });
const yesOrNo = z.boolean().meta({ expected: 'true or false' });
const oneOf = <const Word extends string>(words: readonly [Word, ...Word[]]) =>
  z.enum(words).meta({ expected: `one of ${words.join(', ')}` });
const role = z.enum(parameterRoles);
const roles = z
  .array(role)
  .readonly()
  .meta({ expected: `a list of roles of parameters (${parameterRoles.join(', ')})` });
const numberByRole = z
  .partialRecord(role, z.number().min(0))
  .readonly()
  .meta({ expected: `numbers from 0 up by roles of parameters (${parameterRoles.join(', ')})` });
const words = z
  .array(z.string())
  .readonly()
  .meta({ expected: 'a list of class names, numbers from 0, or ranges of these such as 0-6' });
const epochsBySide = z
  .record(z.string().regex(/^[1-9]\d*$/), z.int().min(1))
  .readonly()
  .meta({ expected: 'numbers of epochs from 1 up by sides in pixels, such as 20=3,24=2' });

/**
 * The settings of a training run, with their defaults, ranges and descriptions: options, records, checkpoints and messages come
 * from here. Everything that reaches the weights is here, in the network or in the data set. A setting that a record lacks is newer
 * than the record and has its default. Null is the default of settings that belong to some optimizers or schedules only:
 * `completeConfiguration` replaces it where the setting belongs to the chosen one.
 */
export const runConfigurationSchema = z.object({
  epochs: wholeFrom(1).default(5).meta({ title: 'number of epochs', description: 'passes over the training set' }),
  batchSize: wholeFrom(1).default(300).meta({ title: 'batch size', description: 'images per training step' }),
  learningRate: aboveZero
    .default(adamDefaults.learningRate)
    .meta({ title: 'learning rate', description: "the optimizer's step size" }),
  seed: wholeFrom(0)
    .default(0)
    .meta({ title: 'seed', description: 'determines initial weights, order of the images, dropout and augmentation' }),
  limit: wholeFrom(1)
    .nullable()
    .default(null)
    .meta({ title: 'limit', description: 'train on the first n images only; the test set is not affected' }),
  classes: words.nullable().default(null).meta({
    title: 'list of classes',
    description: 'train and test on these classes only: names, numbers or ranges, such as 0-6',
  }),
  perClass: wholeFrom(1).nullable().default(null).meta({
    title: 'number of images of each class',
    description: 'train on n images of each class, drawn by the seed; the test set is not affected',
  }),
  validation: wholeFrom(0).default(0).meta({
    title: 'number of validation images',
    description: 'images kept out of training, in equal shares of each class, for validation and calibration',
  }),
  validationSeed: wholeFrom(0).nullable().default(null).meta({
    title: 'seed of the validation images',
    description: 'determines which images are kept out, for runs of several seeds (default: the seed)',
  }),
  optimizer: oneOf(['adam', 'adamW', 'sgd'])
    .default('adam')
    .meta({ title: 'optimizer', description: "Keras' adam, PyTorch's adamW and sgd" }),
  beta1: belowOne.nullable().default(null).meta({
    title: 'beta1',
    description: "adam, adamW: decay of the gradients' running mean (default: 0.9)",
  }),
  beta2: belowOne.nullable().default(null).meta({
    title: 'beta2',
    description: "adam, adamW: decay of the squared gradients' running mean (default: 0.999)",
  }),
  epsilon: aboveZero.nullable().default(null).meta({
    title: 'epsilon',
    description: 'adam, adamW: what keeps the divisor from 0 (default: 1e-7 and 1e-8)',
  }),
  momentum: belowOne.nullable().default(null).meta({
    title: 'momentum',
    description: "sgd: share of the last step's velocity that goes on (default: 0)",
  }),
  nesterov: yesOrNo.nullable().default(null).meta({
    title: 'setting nesterov',
    description: "sgd: whether the momentum is Nesterov's (default: false)",
  }),
  weightDecay: fromZero.nullable().default(null).meta({
    title: 'weight decay',
    description: 'adamW, sgd: share of the weights to subtract, times the learning rate (default: 0.01 and 0)',
  }),
  weightDecayRoles: roles
    .nullable()
    .default(null)
    .meta({
      title: 'list of roles with weight decay',
      description: `adamW, sgd: the parameters with weight decay (default: ${defaultDecayRoles.join()})`,
    }),
  learningRateMultipliers: numberByRole
    .default({})
    .meta({ title: 'table of learning rate multipliers', description: 'factors by role; 1 for the others' }),
  layerwiseDecay: z.number().gt(0).max(1).meta({ expected: 'a number above 0, up to 1' }).default(1).meta({
    title: 'layerwise decay',
    description: 'factor of the learning rate for each layer further from the output, for fine-tuning',
  }),
  globalClipnorm: aboveZero
    .nullable()
    .default(null)
    .meta({ title: 'globalClipnorm', description: 'scale the gradients down where their norm is larger' }),
  schedule: oneOf(scheduleNames)
    .default('constant')
    .meta({ title: 'schedule', description: 'the learning rate after the warm-up' }),
  warmupEpochs: fromZero
    .default(0)
    .meta({ title: 'length of the warm-up', description: 'epochs in which the learning rate rises linearly from 0' }),
  stepEpochs: aboveZero.nullable().default(null).meta({
    title: 'stepEpochs',
    description: 'schedule step: after how many epochs the learning rate falls, again and again (default: 1)',
  }),
  stepFactor: aboveZero.nullable().default(null).meta({
    title: 'stepFactor',
    description: 'schedule step: what the learning rate is multiplied by then (default: 0.5)',
  }),
  labelSmoothing: belowOne.default(0).meta({
    title: 'label smoothing',
    description: 'share of the target that all classes get in equal parts, in training',
  }),
  emaDecay: belowOne.nullable().default(null).meta({
    title: 'emaDecay',
    description: 'evaluate and save a moving average of the weights, with this decay for each step',
  }),
  shift: wholeFrom(0).default(0).meta({
    title: 'shift',
    description: 'shift training images at random by up to n pixels in each direction; zeros come in',
  }),
  flip: oneOf(flipKinds)
    .default('none')
    .meta({ title: 'flip', description: 'mirror training images, at random or every second epoch' }),
  cutout: wholeFrom(0).default(0).meta({
    title: 'cutout',
    description: 'set a square with sides of n pixels to zero, at a random place of each training image',
  }),
  brightness: belowOne.default(0).meta({
    title: 'brightness',
    description: "the largest relative change of training images' brightness",
  }),
  contrast: belowOne.default(0).meta({
    title: 'contrast',
    description: "the largest relative change of training images' contrast",
  }),
  imageSizes: epochsBySide.default({}).meta({
    title: 'table of image sizes',
    description: 'begin with smaller training images: epochs by side in pixels, then the full size',
  }),
});

export type RunConfiguration = Readonly<z.infer<typeof runConfigurationSchema>>;
export type SettingName = keyof RunConfiguration;

export const settingNames = runConfigurationSchema.keyof().options;

/** How a setting's value is written on a command line. */
export type SettingKind = 'whole number' | 'number' | 'word' | 'yes or no' | 'list' | 'table';

/** A setting's default, description and kind, and its possible values as text for the end of a sentence. */
export function describeSetting(name: SettingName) {
  const schema = runConfigurationSchema.shape[name];
  const nullable = schema.unwrap();
  const inner = nullable instanceof z.ZodNullable ? nullable.unwrap() : nullable;
  const { title, description } = schema.meta()!;
  const expected = inner.meta()!['expected'] as string;
  const kind = kindOf(inner);
  const words = kind === 'word' ? `: ${expected}` : '';
  return { title, description: `${description}${words}`, default: schema.def.defaultValue, expected, kind };
}

function kindOf(schema: z.ZodType): SettingKind {
  if (schema instanceof z.ZodNumber) return schema.isInt ? 'whole number' : 'number';
  if (schema instanceof z.ZodEnum) return 'word';
  if (schema instanceof z.ZodBoolean) return 'yes or no';
  return schema instanceof z.ZodReadonly && schema.unwrap() instanceof z.ZodArray ? 'list' : 'table';
}

/** The option of a setting on the command line: `--batch-size` for batchSize. */
export function optionOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

type Dependent = Partial<RunConfiguration>;
const decayDefaults = { weightDecayRoles: defaultDecayRoles } as const;
const { learningRate: _, ...adamOwn } = adamDefaults;

/** The settings that belong to each optimizer and to each schedule, with their defaults there. */
const dependentSettings = {
  optimizer: {
    adam: adamOwn,
    adamW: { ...adamWDefaults, ...decayDefaults },
    sgd: { ...sgdDefaults, ...decayDefaults },
  } satisfies Record<RunConfiguration['optimizer'], Dependent>,
  schedule: {
    constant: {},
    linear: {},
    cosine: {},
    step: { stepEpochs: 1, stepFactor: 0.5 },
  } satisfies Record<RunConfiguration['schedule'], Dependent>,
} as const;

/**
 * Adds all defaults, and checks the settings one by one and against each other.
 * @throws SelvedgeError 'bad-option' naming the setting
 */
export function completeConfiguration(options: Partial<RunConfiguration>): RunConfiguration {
  const parsed = runConfigurationSchema.safeParse(options);
  if (!parsed.success) {
    const name = parsed.error.issues[0]!.path[0] as SettingName;
    const { title, expected } = describeSetting(name);
    fail(`The ${title} is ${showSetting(options[name])}, but should be ${expected}.`);
  }
  const complete: Record<string, unknown> = { ...parsed.data };
  for (const [chooser, choices] of Object.entries(dependentSettings)) {
    const chosen = complete[chooser] as string;
    const own: Dependent = (choices as Record<string, Dependent>)[chosen]!;
    for (const name of new Set(Object.values(choices).flatMap(Object.keys)) as Set<SettingName>) {
      if (own[name] !== undefined) complete[name] ??= own[name];
      else if (complete[name] !== null) {
        const owners = Object.entries<Dependent>(choices).flatMap(([choice, its]) => (name in its ? [choice] : []));
        fail(`The ${chooser} ${chosen} has no ${name}; leave ${name} out, or choose ${owners.join(' or ')}.`);
      }
    }
  }
  const configuration = complete as RunConfiguration;
  const { epochs, warmupEpochs, stepEpochs, nesterov, momentum } = configuration;
  if (nesterov && momentum === 0) fail('Nesterov needs a momentum above 0, such as 0.9.');
  if (warmupEpochs > epochs) {
    fail(`The warm-up of ${warmupEpochs} epochs is longer than the run of ${epochs}; shorten it with warmupEpochs.`);
  }
  if (stepEpochs !== null && stepEpochs >= epochs) {
    fail(
      `The schedule lowers the learning rate every ${stepEpochs} epochs, but the run has only ${epochs}; choose a smaller stepEpochs.`,
    );
  }
  return configuration;
}

/** The settings without those that only other optimizers, or other schedules, have. */
export function withoutForeignSettings(
  chooser: keyof typeof dependentSettings,
  settings: Partial<RunConfiguration>,
): Partial<RunConfiguration> {
  const choices: Readonly<Record<string, Dependent>> = dependentSettings[chooser];
  const own = choices[settings[chooser] ?? defaultConfiguration[chooser]] ?? {};
  const foreign = Object.values(choices).flatMap((its) => Object.keys(its).filter((name) => !(name in own)));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !foreign.includes(name)));
}

/** A setting's value as text; lists and tables as on the command line. */
export function showSetting(value: unknown): string {
  if (typeof value !== 'object' && value !== undefined) return String(value);
  const parts = Array.isArray(value) ? value : Object.entries(value ?? {}).map(([key, one]) => `${key}=${one}`);
  return parts.join() || 'none';
}

function fail(message: string): never {
  throw new SelvedgeError('bad-option', message);
}

/** The reference job's settings. */
export const defaultConfiguration: RunConfiguration = completeConfiguration({});

/** What a trainer needs to know of a configuration; a record from before a setting has its default. */
export function learningSettings(configuration: RunConfiguration): LearningSettings {
  const complete = completeConfiguration(configuration);
  const { optimizer: name, beta1, beta2, epsilon, momentum, nesterov } = complete;
  const { shift, flip, cutout, brightness, contrast } = complete;
  return {
    update: {
      optimizer:
        name === 'sgd'
          ? { name, momentum: momentum!, nesterov: nesterov! }
          : { name, beta1: beta1!, beta2: beta2!, epsilon: epsilon! },
      learningRateMultipliers: complete.learningRateMultipliers,
      weightDecay: complete.weightDecay ?? 0,
      weightDecayRoles: complete.weightDecayRoles ?? [],
      layerwiseDecay: complete.layerwiseDecay,
      globalClipnorm: complete.globalClipnorm,
      emaDecay: complete.emaDecay,
    },
    labelSmoothing: complete.labelSmoothing,
    augmentation: { shift, flip, cutout, brightness, contrast },
    imageSizes: complete.imageSizes,
  };
}

export function scheduleSettings(configuration: RunConfiguration): ScheduleSettings {
  const { schedule, warmupEpochs, stepEpochs, stepFactor } = configuration;
  return { schedule, warmupEpochs, stepEpochs: stepEpochs ?? 1, stepFactor: stepFactor ?? 1 };
}

/** The network of a run: its name, and its specification as a JSON list of layers. */
export const runNetworkSchema = z.object({
  name: z.string(),
  spec: z.unknown().transform((value, context) => {
    try {
      return parseNetwork(value);
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      context.addIssue(error.message.replace(/\.$/, ''));
      return z.NEVER;
    }
  }),
});

/**
 * The part of a data set that a configuration chooses.
 * @throws SelvedgeError 'bad-option' for a class that the data set lacks
 */
export function chosenData<D extends Dataset>(
  data: D,
  { classes = null }: Pick<Partial<RunConfiguration>, 'classes'>,
): D {
  return classes ? selectClasses(data, resolveClasses(classes, data)) : data;
}

/**
 * Adds the defaults, checks the settings, also against the data, and lowers a batch size above the number of training images.
 * @throws SelvedgeError 'bad-option' naming the setting
 */
export function configurationFor(data: Dataset, options: Partial<RunConfiguration>): RunConfiguration {
  return fitToData(completeConfiguration(options), data);
}

/** @throws SelvedgeError 'bad-option' where no image would be left to train on, or for a class that the data set lacks */
export function fitToData(configuration: RunConfiguration, whole: Dataset): RunConfiguration {
  const data = chosenData(whole, configuration);
  const { batchSize, limit, perClass } = configuration;
  if (data.validation && limit !== null) {
    fail('These pictures are ordered by class, so --limit would leave classes out; use --per-class.');
  }
  const validation = data.validation?.length ?? configuration.validation;
  if (data.validation && ![0, validation].includes(configuration.validation)) {
    fail(`Of these pictures ${validation} are kept out for validation; leave --validation out.`);
  }
  const images = Math.min(limit ?? data.train.count, data.train.count);
  if (validation >= images) {
    fail(`${validation} validation images would leave nothing of the ${images} training images; take fewer.`);
  }
  const most =
    perClass === null ? images - validation : Math.min(images - validation, perClass * data.classNames.length);
  return {
    ...configuration,
    ...(configuration.classes && { classes: data.classNames }),
    validation,
    batchSize: Math.min(batchSize, most),
    limit: limit !== null && limit < data.train.count ? limit : null,
  };
}
