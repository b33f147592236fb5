import { refuse } from './refusals.ts';

/** @throws Refusal 'empty-body' or 'bad-json' */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw refuse('empty-body', 'The request has no body: send JSON.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refuse('bad-json', 'The body is no JSON in UTF-8.');
  }
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
  const bytes = Buffer.from(bare, 'base64');
  // Buffer passes over what is no base64; then fewer bytes come out than the letters stand for.
  const letters = bare.length - (bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0);
  if (bytes.length !== Math.floor((letters * 3) / 4)) throw refuse('bad-base64', `${name} is no base64.`);
  return bytes;
}
