import { SelvedgeError } from '../../errors.ts';

/**
 * The part of the Protocol Buffers wire format that ONNX files need, driven by tables of fields.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

type FieldType = 'int' | 'float' | 'string' | 'bytes' | Message;

interface Field {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated?: true;
}

/** A message's fields by the names that this program uses. Fields that are not listed are skipped. */
export type Message = { readonly [name: string]: Field };

type Value<T> = T extends 'int' | 'float'
  ? number
  : T extends 'string'
    ? string
    : T extends 'bytes'
      ? Uint8Array
      : T extends Message
        ? Decoded<T>
        : never;

/** A message's values: lists for repeated fields; others are undefined where they are absent. */
export type Decoded<M extends Message> = {
  readonly [K in keyof M]?:
    | (M[K] extends { readonly repeated: true } ? readonly Value<M[K]['type']>[] : Value<M[K]['type']>)
    | undefined;
};

function damaged(what: string): never {
  throw new SelvedgeError('bad-model', `it is not an ONNX file, or is damaged (${what})`);
}

/** What a file may hold at most: small messages and numbers take many times their bytes in memory. */
const most = { messages: 2 ** 20, numbers: 2 ** 26 };

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

function wireType(type: FieldType): number {
  return type === 'int' ? varint : type === 'float' ? fixed32 : delimited;
}

/** Values of a field in a loosely typed form: the table says what they are. */
type Loose = Readonly<Record<string, unknown>>;

/** The message's bytes: fields in the order of the table, numbers of repeated fields packed, empty lists left out. */
export function encodeMessage<M extends Message>(message: M, values: Decoded<M>): Uint8Array {
  const chunks: Uint8Array[] = [];
  encodeFields(message, values as Loose, chunks);
  return joined(chunks);
}

function encodeFields(message: Message, values: Loose, chunks: Uint8Array[]): void {
  for (const [name, { number, type, repeated }] of Object.entries(message)) {
    const value = values[name];
    if (value === undefined) continue;
    const items = repeated ? (value as readonly unknown[]) : [value];
    if (repeated && (type === 'int' || type === 'float')) {
      if (items.length === 0) continue;
      const packed = joined(items.map((item) => encodeNumber(type, item as number)));
      chunks.push(encodeVarint(number * 8 + delimited), encodeVarint(packed.length), packed);
      continue;
    }
    for (const item of items) {
      chunks.push(encodeVarint(number * 8 + wireType(type)));
      if (type === 'int' || type === 'float') chunks.push(encodeNumber(type, item as number));
      else {
        const inner: Uint8Array[] = [];
        if (type === 'bytes') inner.push(item as Uint8Array);
        else if (type === 'string') inner.push(new TextEncoder().encode(item as string));
        else encodeFields(type, item as Loose, inner);
        chunks.push(encodeVarint(inner.reduce((sum, { length }) => sum + length, 0)), ...inner);
      }
    }
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function encodeNumber(type: 'int' | 'float', value: number): Uint8Array {
  if (type === 'int') return encodeVarint(value);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return bytes;
}

/** A safe integer in base 128, the lowest digits first; a negative one as its 64-bit two's complement. */
function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

/**
 * Reads what the table lists of a message. Arrays of bytes are views.
 * @throws SelvedgeError 'bad-model' with a phrase for the middle of a sentence
 */
export function decodeMessage<M extends Message>(message: M, bytes: Uint8Array): Decoded<M> {
  const budget = { ...most };
  return decodeFields(message, bytes, budget) as Decoded<M>;
}

function decodeFields(message: Message, bytes: Uint8Array, budget: typeof most): Record<string, unknown> {
  if (--budget.messages < 0) damaged(`it has more than ${most.messages} parts`);
  const reader = readerOf(bytes);
  const byNumber = new Map(Object.entries(message).map((entry) => [entry[1].number, entry]));
  const values: Record<string, unknown> = {};
  const keep = (name: string, repeated: true | undefined, value: unknown) => {
    if (!repeated) values[name] = value;
    else if (Array.isArray(values[name])) values[name].push(value);
    else values[name] = [value];
  };
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    const wire = tag % 8;
    const known = byNumber.get(Math.floor(tag / 8));
    if (!known) {
      reader.skip(wire);
      continue;
    }
    const [name, { type, repeated }] = known;
    if (type === 'int' || type === 'float') {
      const read = type === 'int' ? reader.varint : reader.float;
      const isPacked = repeated && wire === delimited;
      if (!isPacked && wire !== wireType(type)) damaged(`field ${name} has the wrong type`);
      const end = isPacked ? reader.sectionEnd() : undefined;
      do {
        if (end !== undefined && reader.at() >= end) break;
        if (--budget.numbers < 0) damaged(`it lists more than ${most.numbers} numbers`);
        keep(name, repeated, read());
      } while (end !== undefined);
      if (end !== undefined && reader.at() !== end) damaged(`field ${name} has the wrong length`);
    } else {
      if (wire !== delimited) damaged(`field ${name} has the wrong type`);
      const section = reader.section();
      if (type === 'bytes') keep(name, repeated, section);
      else if (type === 'string') keep(name, repeated, text(section, name));
      else keep(name, repeated, decodeFields(type, section, budget));
    }
  }
  return values;
}

function text(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return damaged(`field ${name} is not UTF-8 text`);
  }
}

function readerOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number) => {
    if (!(count >= 0 && at + count <= bytes.length)) damaged('it was cut short, or is damaged');
    at += count;
    return at - count;
  };
  /** A signed 64-bit number; beyond 2⁵³ the nearest that a float64 has. */
  const readVarint = () => {
    let low = 0;
    let high = 0;
    for (let digit = 0; digit < 10; digit++) {
      const byte = bytes[take(1)]!;
      const bits = byte & 127;
      if (digit < 4) low |= bits << (7 * digit);
      else if (digit === 4) {
        low |= (bits & 15) << 28;
        high |= bits >> 4;
      } else high |= digit === 9 ? bits << 31 : bits << (7 * digit - 32);
      if (byte < 128) return (high | 0) * 2 ** 32 + (low >>> 0);
    }
    return damaged('a number in it has more than 64 bits');
  };
  const section = () => {
    const length = readVarint();
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  return {
    at: () => at,
    isAtEnd: () => at === bytes.length,
    varint: readVarint,
    float: () => view.getFloat32(take(4), true),
    section,
    /** Where the section of packed numbers ends that begins here. */
    sectionEnd: () => {
      const length = readVarint();
      take(length);
      at -= length;
      return at + length;
    },
    skip: (wire: number) => {
      if (wire === varint) readVarint();
      else if (wire === fixed64) take(8);
      else if (wire === delimited) section();
      else if (wire === fixed32) take(4);
      else damaged('it is not in the Protocol Buffers format');
    },
  };
}
