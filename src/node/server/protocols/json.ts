import type { z } from 'zod';
import { type HttpErrorCode, httpError } from '../errors.ts';

/** The most of each of these bytes. */
export type MostBytes = Readonly<Record<',' | '[' | '{' | '"', number>>;

/** As many as the tensors of one request have numbers, and far more names than it needs. */
const mostBytes: MostBytes = { ',': 250_000, '[': 250_000, '{': 1000, '"': 4000 };

/**
 * Reads JSON by a schema. JSON is parsed on the event loop. Millions of lists or names would block it for a second, so they are
 * counted first.
 * @param codeOf the code of an error at a path of the JSON.
 * @throws HttpError 'empty-body', 'bad-json', or the path's.
 */
export function readJson<S extends z.ZodType>(
  schema: S,
  bytes: Uint8Array,
  codeOf: (path: readonly PropertyKey[]) => HttpErrorCode,
  most: MostBytes = mostBytes,
): z.infer<S> {
  if (bytes.length === 0) throw httpError('empty-body', 'The request has no body: send JSON.');
  for (const [byte, count] of Object.entries(most)) {
    if (hasMore(bytes, byte.charCodeAt(0), count)) {
      throw httpError('bad-json', `The JSON has more than ${count} '${byte}', which no request here needs.`);
    }
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw httpError('bad-json', 'The body is not JSON in UTF-8.');
  }
  const { data, error } = schema.safeParse(json);
  if (!error) return data;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw httpError(codeOf(path), `The JSON cannot be used: at ${path.join('.') || 'its top'}, ${message}; see /docs.`);
}

function hasMore(bytes: Uint8Array, byte: number, most: number): boolean {
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) if (++found > most) return true;
  return false;
}

/**
 * The bytes of a base64 text; a `data:` address is taken too.
 * @throws HttpError 'bad-base64'
 */
export function base64Bytes(text: string, name: string): Uint8Array {
  const bare = text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text;
  // Buffer ignores what is not base64.
  if (!/^[\w+/-]*={0,2}$/.test(bare) || bare.replace(/=+$/, '').length % 4 === 1) {
    throw httpError('bad-base64', `${name} is not base64.`);
  }
  return Buffer.from(bare, 'base64');
}
