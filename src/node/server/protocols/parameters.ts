import { z } from 'zod';
import { type HttpError, httpError } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** The parameters of an address: their schemas, of text, and how they are read. */
export interface Parameters<S extends Readonly<Record<string, z.ZodType>>> {
  readonly schemas: S;
  /**
   * @param form parameters in a form's parts.
   * @throws HttpError 'bad-parameter'
   */
  read(query: unknown, form?: readonly (readonly [name: string, value: string])[]): Readonly<z.infer<z.ZodObject<S>>>;
}

/** The parameters that clients send beside their images; the errors say what each should be. */
export function parameterSchemas({ deadlineMs, explainDeadlineMs, explained }: Limits) {
  return {
    model: z.string().optional().describe('The name of the model; required where several are served.'),
    version: z.string().optional().describe('Answer only if this is the version that is served.'),
    topK: (fallback: number) => whole(1, 1000).default(fallback).describe('The number of classes.'),
    explain: z
      .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive', error: "'true' or 'false'" })
      .default(false)
      .describe(
        `Adds a heat map and the key pixels of up to ${explained} pictures, by integrated gradients against black.`,
      ),
    deadlineMs: whole(1, 60_000)
      .optional()
      .describe(
        `The most milliseconds that the answer may take. The default is ${deadlineMs}, with explain ${explainDeadlineMs}.`,
      ),
  };
}

/** A whole number as an address has it. */
export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(z.int().min(least, { error }).max(most, { error }));
}

export function createParameters<S extends Readonly<Record<string, z.ZodType>>>(schemas: S): Parameters<S> {
  type Values = z.infer<z.ZodObject<S>>;
  const names = Object.keys(schemas);
  const defaults = Object.fromEntries(names.map((name) => [name, schemas[name]!.parse(undefined)])) as Values;
  return {
    schemas,
    read(query, form = []) {
      const given = [...Object.entries((query ?? {}) as Record<string, unknown>), ...form];
      if (given.length === 0) return defaults;
      const values: Record<string, unknown> = { ...defaults };
      const seen = new Set<string>();
      for (const [name, text] of given) {
        if (!Object.hasOwn(schemas, name)) {
          throw wrong(`There is no parameter ${quoted(name)} here; there are ${names.join(', ')}.`);
        }
        if (typeof text !== 'string' || seen.has(name)) throw wrong(`The parameter ${name} is given more than once.`);
        seen.add(name);
        const { data, error } = schemas[name]!.safeParse(text);
        if (error) {
          throw wrong(`The parameter ${name} is ${quoted(text)}, but should be ${error.issues[0]!.message}.`);
        }
        values[name] = data;
      }
      return values as Values;
    },
  };
}

function wrong(sentence: string): HttpError {
  return httpError('bad-parameter', sentence);
}

/** A client's word, short enough for a sentence. */
export function quoted(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
}
