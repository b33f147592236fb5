import { z } from 'zod';
import type { Dataset } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { parseNetwork } from '../graph/parse.ts';
import { adamDefaults } from './optimizers/adam.ts';

/**
 * The settings of a training run, with their defaults, ranges and descriptions: options, records, checkpoints and messages come
 * from here. Everything that reaches the weights is here, in the network or in the data set. A setting that a record lacks is newer
 * than the record and has its default.
 */
export const runConfigurationSchema = z.object({
  epochs: z.int().min(1).default(5).meta({ title: 'number of epochs', description: 'passes over the training set' }),
  batchSize: z.int().min(1).default(300).meta({ title: 'batch size', description: 'images per training step' }),
  learningRate: z
    .number()
    .positive()
    .default(adamDefaults.learningRate)
    .meta({ title: 'learning rate', description: "Adam's step size" }),
  seed: z
    .int()
    .min(0)
    .default(0)
    .meta({ title: 'seed', description: 'determines initial weights, order of the images and dropout' }),
  limit: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .meta({ title: 'limit', description: 'train on the first n images only; the test set is not affected' }),
  validation: z.int().min(0).default(0).meta({
    title: 'number of validation images',
    description: 'images kept out of training, in equal shares of each class, for validation and calibration',
  }),
});

export type RunConfiguration = Readonly<z.infer<typeof runConfigurationSchema>>;

export const settingNames = runConfigurationSchema.keyof().options;

/** A setting's default and description, and its values: as text for the end of a sentence, and whether they are whole numbers. */
export function describeSetting(name: keyof RunConfiguration) {
  const schema = runConfigurationSchema.shape[name];
  const inner = schema.unwrap();
  const { isInt, minValue } = inner instanceof z.ZodNullable ? inner.unwrap() : inner;
  const expected = isInt ? `a whole number from ${minValue} up` : `a number above ${minValue}`;
  const { title, description } = schema.meta()!;
  return { title, description: description!, default: schema.def.defaultValue, expected, isInt };
}

/** The reference job's settings. */
export const defaultConfiguration: RunConfiguration = runConfigurationSchema.parse({});

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
 * Adds the defaults, checks the settings against the data, and lowers a batch size above the number of training images.
 * @throws SelvedgeError 'bad-option' naming the setting
 */
export function configurationFor(data: Dataset, options: Partial<RunConfiguration>): RunConfiguration {
  const parsed = runConfigurationSchema.safeParse(options);
  if (!parsed.success) {
    const name = parsed.error.issues[0]!.path[0] as keyof RunConfiguration;
    const { title, expected } = describeSetting(name);
    throw new SelvedgeError('bad-option', `The ${title} is ${options[name]}, but should be ${expected}.`);
  }
  const { batchSize, limit, validation } = parsed.data;
  const images = Math.min(limit ?? data.train.count, data.train.count);
  if (validation >= images) {
    throw new SelvedgeError(
      'bad-option',
      `${validation} validation images would leave nothing of the ${images} training images; take fewer.`,
    );
  }
  return {
    ...parsed.data,
    batchSize: Math.min(batchSize, images - validation),
    limit: limit !== null && limit < data.train.count ? limit : null,
  };
}
