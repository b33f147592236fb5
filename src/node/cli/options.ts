import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { SelvedgeError } from '../../core/errors.ts';
import { builtinNetwork, builtinNetworkNames } from '../../core/network/builtin.ts';
import { parseNetwork } from '../../core/network/parse.ts';
import type { LayerSpec } from '../../core/network/spec.ts';

/** A commander parser for an option's value from a schema; `expected` says what the value should be. */
function option<T>(schema: z.ZodType<T>, expected: string): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new InvalidArgumentError(`It should be ${expected}.`);
    return parsed.data;
  };
}

const whole = z.string().regex(/^\d+$/).transform(Number).pipe(z.int());

export const countOption = option(whole.pipe(z.int().min(1)), 'a whole number from 1 up');
export const naturalOption = option(whole, 'a whole number from 0 up');
export const positiveOption = option(
  z.string().trim().min(1).transform(Number).pipe(z.number().positive()),
  'a number above 0',
);

/** The network that `--network` names: a built-in one, or a JSON file. */
export async function networkOption(value: string): Promise<{ name: string; spec: readonly LayerSpec[] }> {
  if (builtinNetworkNames.includes(value)) return { name: value, spec: builtinNetwork(value) };
  const text = await readFile(value, 'utf8').catch((cause: unknown) => {
    throw new SelvedgeError(
      'missing-file',
      `There is neither a built-in network nor a file called ${value}; the built-in network is ${builtinNetworkNames.join(', ')}.`,
      { cause },
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SelvedgeError('bad-spec', `${value} is no JSON: ${(error as Error).message}.`, { cause: error });
  }
  return { name: basename(value), spec: parseNetwork(json) };
}
