import { fromHalfBytes, fromLittleEndianBytes, littleEndianBytes } from '../bytes.ts';
import { SelvedgeError } from '../errors.ts';
import type { Shape } from '../graph/shape.ts';
import { sizeOf } from '../graph/shape.ts';

/** Named float32 arrays with a table of strings beside them. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape; readonly values: Float32Array }>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file of this program may be. */
export type FileKind = 'model' | 'checkpoint' | 'backbone' | 'similarity-head';

/** Longest header that is read, as in the format's own implementation. */
const longestHeader = 100_000_000;

/**
 * Writes the safetensors format: an 8-byte little-endian length, a JSON header of that length (padded with spaces to a
 * multiple of 8), then the arrays one behind the other.
 */
export function writeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.length * 4] };
    offset += values.length * 4;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + offset);
  bytes.fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let at = start;
  for (const { values } of tensors.values()) {
    bytes.set(littleEndianBytes(values), at);
    at += values.length * 4;
  }
  return bytes;
}

/**
 * Reads the safetensors format: float32 arrays, and float16 ones, which become float32. Every array's place is checked before it is used.
 * @param kind what the file should be, for the message
 * @throws SelvedgeError 'bad-model' naming the file
 */
export function readSafetensors(bytes: Uint8Array, file: string, kind: FileKind = 'model'): TensorFile {
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-model', `${file} is not a usable ${kind}: ${what}.`);
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, too few for a safetensors header`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > longestHeader) fail('it does not start like a safetensors file');
  const start = 8 + headerLength;
  if (start > bytes.length)
    fail(`its header should end at byte ${start}, but the file ends at ${bytes.length}; it was cut short`);
  const header = parseHeader(bytes.subarray(8, start)) ?? fail('its header is not a JSON object');
  const tensors = new Map<string, { shape: Shape; values: Float32Array }>();
  let metadata: Record<string, string> = {};
  const places: [from: number, to: number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parseMetadata(entry) ?? fail('its metadata is not a table of strings');
      continue;
    }
    const { dtype, shape, data_offsets: range } = (entry ?? {}) as Record<string, unknown>;
    const natural = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
    if (dtype !== 'F32' && dtype !== 'F16') {
      fail(`array ${name} is of type ${JSON.stringify(dtype)}, not "F32" or "F16"`);
    }
    const width = dtype === 'F16' ? 2 : 4;
    if (!Array.isArray(shape) || !shape.every(natural)) return fail(`array ${name} has an invalid shape`);
    if (!Array.isArray(range) || range.length !== 2 || !range.every(natural))
      return fail(`array ${name} has an invalid place`);
    const [from, to] = range as [number, number];
    if (to - from !== sizeOf(shape) * width)
      fail(`array ${name} has ${to - from} bytes, but its shape needs ${sizeOf(shape) * width}`);
    if (start + to > bytes.length)
      fail(`array ${name} should end at byte ${start + to}, but the file ends at ${bytes.length}; it was cut short`);
    const own = bytes.subarray(start + from, start + to);
    tensors.set(name, { shape, values: dtype === 'F16' ? fromHalfBytes(own) : fromLittleEndianBytes(own) });
    places.push([from, to]);
  }
  let end = 0;
  for (const [from, to] of places.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (from !== end) fail(`an array starts at byte ${start + from}, but the one before ends at ${start + end}`);
    end = to;
  }
  if (start + end !== bytes.length) fail(`its arrays end at byte ${start + end}, but the file ends at ${bytes.length}`);
  return { tensors, metadata };
}

/** A file of one of this program's formats. */
export interface SelvedgeFile {
  readonly tensors: TensorFile['tensors'];
  readonly metadata: TensorFile['metadata'];
  /** @throws SelvedgeError 'bad-model' */
  fail(what: string): never;
  /** A metadata entry's JSON, parsed; any error becomes 'bad-model', with `name` in its sentence (default: the key). */
  parsed<T>(key: string, parse: (value: unknown) => T, name?: string): T;
  /** An array's values and shape. */
  tensor(name: string): { readonly shape: Shape; readonly values: Float32Array };
}

/**
 * Reads a safetensors file of one of this program's formats, and checks format and version.
 * @param version the newest version that can be read
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readSelvedgeFile(bytes: Uint8Array, file: string, kind: FileKind, version: number): SelvedgeFile {
  const { tensors, metadata } = readSafetensors(bytes, file, kind);
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-model', `${file} is not a usable ${kind}: ${what}.`);
  };
  if (metadata['format'] !== `selvedge-${kind}`)
    fail(`it is a safetensors file, but its metadata does not say selvedge-${kind}`);
  const written = Number(metadata['version']);
  if (!Number.isSafeInteger(written) || written < 1) fail('its metadata lacks a format version');
  if (written > version) {
    fail(`it has format version ${written}, and this program reads up to ${version}; update selvedge`);
  }
  const parsed = <T>(key: string, parse: (value: unknown) => T, name = key): T => {
    try {
      return parse(JSON.parse(metadata[key] ?? ''));
    } catch (error) {
      return fail(
        `its ${name} cannot be read${error instanceof SelvedgeError ? ` (${error.message.replace(/\.$/, '')})` : ''}`,
      );
    }
  };
  const tensor = (name: string) => tensors.get(name) ?? fail(`it lacks the array ${name}`);
  return { tensors, metadata, fail, parsed, tensor };
}

function parseMetadata(value: unknown): Record<string, string> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.values(value).every((item) => typeof item === 'string') ? (value as Record<string, string>) : null;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof header === 'object' && header !== null && !Array.isArray(header)
      ? (header as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
