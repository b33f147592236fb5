import { basename } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import type { Dataset } from '../../core/data/images.ts';
import { builtinNetwork, builtinNetworkName, builtinNetworkNames } from '../../core/graph/builtin.ts';
import { parseNetwork } from '../../core/graph/parse.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import { testTimeTransforms } from '../../core/model/testTimeAugmentation.ts';
import {
  describeSetting,
  optionOf,
  runConfigurationSchema,
  type SettingKind,
  settingNames,
} from '../../core/training/configuration.ts';
import { readNetworkFile } from '../networkFile.ts';

/** A parser of an option's value from a schema; `expected` names the allowed values in an error. */
function option<T>(schema: z.ZodType<T>, expected: string): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new InvalidArgumentError(`${expected}.`);
    return parsed.data;
  };
}

const whole = z.string().regex(/^\d+$/).transform(Number).pipe(z.int());

export const countOption = option(whole.pipe(z.int().min(1)), 'a whole number from 1 up');
export const imageSizeOption = option(
  z.union([z.literal('auto'), whole.pipe(z.int().min(1))]),
  'a whole number from 1 up, or auto',
);
export const seedOption = option(whole, 'a whole number from 0 up');
export const threadsOption = option(whole.pipe(z.int().min(1).max(256)), 'a whole number from 1 to 256');
/** At most an hour. */
export const millisecondsOption = (least: number) =>
  option(whole.pipe(z.int().min(least).max(3_600_000)), `a whole number from ${least} to 3600000`);
const decimal = z.string().trim().min(1).transform(Number);
export const shareOption = option(decimal.pipe(z.number().min(0).max(1)), 'a number from 0 to 1');
export const positiveOption = option(decimal.pipe(z.number().positive()), 'a number above 0');

const numbers = z.string().transform((text) => text.split(','));
export const numbersOption = option(
  numbers.pipe(z.array(decimal.pipe(z.number()))),
  'a number, or several: 0.5,0.4,0.3',
);
export const positiveNumbersOption = option(
  numbers.pipe(z.array(decimal.pipe(z.number().positive()))),
  'a number above 0, or several: 0.5,0.4,0.3',
);

/** A parser of one of these words. */
export const wordOption = <Word extends string>(words: readonly Word[]) =>
  option(z.enum(words), `one of ${words.join(', ')}`);

/** The option of test-time augmentation. */
export const ttaFlag = '--tta <kinds>';
/** A parser of kinds of test-time augmentation, in their own order. */
export const testTimeOption = option(
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(testTimeTransforms)).min(1))
    .transform((given) => testTimeTransforms.filter((transform) => given.includes(transform))),
  'flip, shift, or flip,shift',
);

const yesOrNo = z.enum(['true', 'false']).transform((word) => word === 'true');
const list = z.string().transform((text) => (text === 'none' ? [] : text.split(',')));
const table = z
  .string()
  .regex(/^[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*$/)
  .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('='))))
  .pipe(z.record(z.string(), decimal));

/** How each kind of setting is written on the command line: a placeholder, and the value's text as the schema's input. */
const written: Readonly<Record<SettingKind, readonly [placeholder: string, text: z.ZodType<unknown, string>]>> = {
  'whole number': ['<n>', whole],
  number: ['<x>', decimal],
  word: ['<name>', z.string()],
  'yes or no': ['[true|false]', yesOrNo as z.ZodType<boolean, string>],
  list: ['<a,b>', list],
  table: ['<key=x,…>', table],
};

/** The options of a run's settings, `--batch-size <n>` for batchSize. */
export function settingOptions(): Option[] {
  return settingNames.map((name) => {
    const { description, default: initial, expected, kind } = describeSetting(name);
    const [placeholder, text] = written[kind];
    const schema = runConfigurationSchema.shape[name] as z.ZodType<unknown>;
    const made = new Option(`${optionOf(name)} ${placeholder}`, description);
    made.argParser(option(text.pipe(schema as z.ZodType<unknown, unknown>), expected));
    if (initial === null) return made;
    return kind === 'table' ? made.default(initial, 'none') : made.default(initial);
  });
}

/** The network that `--network` names: a built-in one, which is fitted to the data set where it is given, or a JSON file. */
export async function networkOption(
  value: string,
  data?: Dataset,
): Promise<{ name: string; spec: readonly LayerSpec[] }> {
  const name = builtinNetworkName(value);
  const images = data && {
    shape: [data.train.height, data.train.width, data.train.channels],
    classes: data.classNames.length,
  };
  if (name !== undefined) return { name, spec: builtinNetwork(name, images) };
  const missing = `There is neither a built-in network nor a file called ${value}; the built-in networks are ${builtinNetworkNames.join(', ')}.`;
  return { name: basename(value), spec: parseNetwork(await readNetworkFile(value, missing)) };
}
