import { refuse } from '../errors.ts';

/** Most of each of these bytes: as many as the tensors of one request have numbers, and far more names than it needs. */
const mostBytes = { ',': 250_000, '[': 250_000, '{': 1000, '"': 4000 } as const;

/**
 * Parses JSON on the event loop. Millions of lists or names would keep that busy for a second, so they are counted first.
 * @throws Refusal 'empty-body' or 'bad-json'
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw refuse('empty-body', 'The request has no body: send JSON.');
  for (const [byte, most] of Object.entries(mostBytes)) {
    if (hasMore(bytes, byte.charCodeAt(0), most)) {
      throw refuse('bad-json', `The JSON has more than ${most} '${byte}', which no request here needs.`);
    }
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refuse('bad-json', 'The body is no JSON in UTF-8.');
  }
}

function hasMore(bytes: Uint8Array, byte: number, most: number): boolean {
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) if (++found > most) return true;
  return false;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The bytes that a base64 text stands for; a `data:` address is taken too.
 * @throws Refusal 'bad-base64'
 */
export function base64Bytes(text: string, name: string): Uint8Array {
  const bare = text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text;
  // Buffer passes over what is no base64.
  if (!/^[\w+/-]*={0,2}$/.test(bare) || bare.replace(/=+$/, '').length % 4 === 1) {
    throw refuse('bad-base64', `${name} is no base64.`);
  }
  return Buffer.from(bare, 'base64');
}
