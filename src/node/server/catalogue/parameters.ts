import { z } from 'zod';
import { whole } from '../protocols/parameters.ts';

const error = 'a text of 1 to 1000 characters, without U+0000';
/** Text of an address that the database can hold. */
export const text = z
  .string()
  .min(1, { error })
  .max(1000, { error })
  .regex(/^[^\0\p{Surrogate}]*$/u, { error });

export const limit = whole(1, 500).default(50).describe('The most that are answered.');
export const offset = whole(0, 1_000_000).default(0).describe('How many are left out before them.');
/** A number of the database. */
export const number = whole(1, 2 ** 31 - 1);

export function fraction(least: number, most: number) {
  const error = `a number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d(\.\d{1,9})?$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

export const flag = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive', error: "'true' or 'false'" });
