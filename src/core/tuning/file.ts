import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import { mostSimilar } from '../similar.ts';

const wholeFrom = (least: number) => z.int().min(least);
const expected = <Schema extends z.ZodType>(schema: Schema, words: string): Schema => schema.meta({ expected: words });
const yesOrNo = (value: boolean) => expected(z.boolean().default(value), 'true or false');

const samplerKinds = ['grid', 'random', 'tpe'] as const;
const objectives = ['validationAccuracy', 'validationLoss'] as const;
const secondObjectives = ['multiplyAdds', 'parameters', 'seconds'] as const;

/** The keys of a sweep's file, with their defaults. What stands under `settings` and `parameters` is checked by `parseSweep`. */
export const sweepFileSchema = z.strictObject({
  name: expected(
    z
      .string()
      .regex(/^[\w][\w .-]*$/)
      .nullable()
      .default(null),
    'a name of letters, digits, spaces, "_", "-" and "."',
  ),
  seed: expected(wholeFrom(0).default(0), 'a whole number from 0 up'),
  trials: expected(wholeFrom(1).nullable().default(null), 'a whole number from 1 up'),
  round: expected(wholeFrom(1).default(4), 'a whole number from 1 up'),
  sampler: expected(z.enum(samplerKinds).default('tpe'), `one of ${samplerKinds.join(', ')}`),
  tpe: expected(
    z
      .strictObject({
        multivariate: yesOrNo(true),
        startupTrials: expected(wholeFrom(1).default(10), 'a whole number from 1 up'),
        candidates: expected(wholeFrom(1).default(24), 'a whole number from 1 up'),
      })
      .default({ multivariate: true, startupTrials: 10, candidates: 24 }),
    'a table such as { startupTrials: 10 }',
  ),
  halving: expected(
    z
      .strictObject({
        firstEpochs: expected(wholeFrom(1).default(1), 'a whole number from 1 up'),
        factor: expected(wholeFrom(2).default(3), 'a whole number from 2 up'),
      })
      .nullable()
      .default(null),
    'a table such as { firstEpochs: 1, factor: 3 }',
  ),
  objective: expected(z.enum(objectives).default('validationAccuracy'), `one of ${objectives.join(', ')}`),
  secondObjective: expected(z.enum(secondObjectives).nullable().default(null), `one of ${secondObjectives.join(', ')}`),
  network: expected(
    z.union([z.string(), z.array(z.unknown())]).default('reference'),
    'the name of a built-in network, the path of a JSON file, or a list of layers',
  ),
  settings: expected(z.record(z.string(), z.unknown()).default({}), 'a table of settings such as { epochs: 5 }'),
  parameters: expected(
    z.record(z.string(), z.unknown()),
    'a table such as { learningRate: { low: 0.0001, high: 0.01, log: true } }',
  ),
});

export const rangeSchema = z.strictObject({
  low: expected(z.number(), 'a number'),
  high: expected(z.number(), 'a number'),
  log: yesOrNo(false),
  step: expected(z.number().positive().nullable().default(null), 'a number above 0'),
  whole: expected(z.boolean().nullable().default(null), 'true or false'),
});

export const choicesSchema = z.strictObject({
  choices: expected(z.array(z.unknown()).min(1), 'a list of one choice or more'),
});

export type SweepFile = z.infer<typeof sweepFileSchema>;

export function readSweepFile(value: unknown, file: string): SweepFile {
  return parseTable(sweepFileSchema, value, file);
}

/**
 * Reads a table by a schema whose entries say in words what they should be.
 * @param where the subject of the sentence that says what is wrong
 * @throws SelvedgeError 'bad-option'
 */
export function parseTable<Schema extends z.ZodObject>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // A word with a typing error is two issues: one that is not known, and often one that is missing.
  const { issues } = parsed.error;
  complain(schema, value, issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!, where);
}

function complain(schema: z.ZodObject, value: unknown, issue: z.core.$ZodIssue, where: string): never {
  const [key, ...path] = issue.path as string[];
  const known = Object.keys(schema.shape);
  if (key === undefined) {
    if (issue.code === 'unrecognized_keys') failUnknown(where, 'entry', issue.keys[0]!, known, 'its entries are');
    fail(`${where} is ${show(value)}, but should be a table with ${known.join(', ')}.`);
  }
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  const entry = schema.shape[key] as z.ZodType;
  const table = entry instanceof z.ZodDefault ? innermost(entry) : entry;
  if (table instanceof z.ZodObject && typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
    complain(table, inner, { ...issue, path }, `${where}: ${key}`);
  }
  if (inner === undefined) fail(`${where} lacks ${key}.`);
  fail(`${where} has ${key}: ${show(inner)}, which should be ${entry.meta()!['expected']}.`);
}

function innermost(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? innermost(schema.unwrap() as z.ZodType)
    : schema;
}

/** Complains about a name that is not known, with the one that was probably meant, or all of them. */
export function failUnknown(where: string, what: string, word: string, known: readonly string[], list: string): never {
  const meant = mostSimilar(word, known);
  const hint = meant === undefined ? `; ${list} ${known.join(', ')}` : ` (did you mean ${meant}?)`;
  fail(`${where} has the unknown ${what} '${word}'${hint}.`);
}

export function fail(message: string): never {
  throw new SelvedgeError('bad-option', message);
}

export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
