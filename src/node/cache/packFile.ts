import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * A pack holds what was made of pictures, the same number of bytes of each: the magic, the version and the header's length (32 bits each,
 * little-endian), the header as JSON, then the bytes of each picture.
 */
const magic = 'SELVPACK';
const formatVersion = 1;
const prefixBytes = 16;
const longestHeader = 16_777_216;

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** What a pack says about a picture; at least the SHA-256 by which it is found. */
export interface Entry {
  readonly contentSha256: string;
}

export interface PackHeader<E extends Entry> {
  /** Bytes of one picture. */
  readonly bytes: number;
  readonly payloadSha256: string;
  readonly pictures: readonly E[];
}

const headerSchema = <E extends Entry>(entry: z.ZodType<E>) =>
  z.strictObject({ bytes: z.int().positive(), payloadSha256: sha256Schema, pictures: z.array(entry) });

/** @param payload of each picture in turn */
export function writePack(pictures: readonly Entry[], payload: Uint8Array): Uint8Array {
  const header: PackHeader<Entry> = {
    bytes: payload.length / pictures.length,
    payloadSha256: sha256(payload),
    pictures,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const pack = new Uint8Array(prefixBytes + text.length + payload.length);
  pack.set(new TextEncoder().encode(magic));
  const view = new DataView(pack.buffer);
  view.setUint32(8, formatVersion, true);
  view.setUint32(12, text.length, true);
  pack.set(text, prefixBytes);
  pack.set(payload, prefixBytes + text.length);
  return pack;
}

/** Reads the header of a pack, without its pictures; undefined where there is no whole one. */
export async function readPackHeader<E extends Entry>(
  path: string,
  entry: z.ZodType<E>,
): Promise<PackHeader<E> | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const prefix = new Uint8Array(prefixBytes);
    await file.read(prefix, 0, prefixBytes, 0);
    const length = headerLength(prefix);
    if (length === undefined) return undefined;
    const text = new Uint8Array(length);
    await file.read(text, 0, length, prefixBytes);
    const header = parseHeader(text, entry);
    const { size } = await file.stat();
    return header && size === prefixBytes + length + header.bytes * header.pictures.length ? header : undefined;
  } catch {
    return undefined;
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** The pictures of a pack; undefined where it is gone or damaged. */
export async function readPack<E extends Entry>(
  path: string,
  entry: z.ZodType<E>,
): Promise<{ header: PackHeader<E>; payload: Uint8Array } | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const length = bytes && headerLength(bytes);
  if (!bytes || length === undefined) return undefined;
  const header = parseHeader(bytes.subarray(prefixBytes, prefixBytes + length), entry);
  const payload = bytes.subarray(prefixBytes + length);
  if (!header || header.payloadSha256 !== sha256(payload)) return undefined;
  return { header, payload };
}

function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < prefixBytes || new TextDecoder().decode(bytes.subarray(0, 8)) !== magic) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, prefixBytes);
  const length = view.getUint32(12, true);
  return view.getUint32(8, true) === formatVersion && length <= longestHeader ? length : undefined;
}

function parseHeader<E extends Entry>(text: Uint8Array, entry: z.ZodType<E>): PackHeader<E> | undefined {
  try {
    return headerSchema(entry).safeParse(JSON.parse(new TextDecoder().decode(text))).data;
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
