import { formatShape } from '../../../../core/graph/shape.ts';
import type { Pictures } from '../../../../core/model/classifier.ts';
import { httpError } from '../../errors.ts';
import { base64Bytes } from '../json.ts';
import type { InputTensor } from './request.ts';

/** The contents of an input tensor: pictures [N, H, W, C], or encoded images. */
export type InputPictures =
  | { readonly kind: 'pictures'; readonly pictures: Pictures }
  | { readonly kind: 'images'; readonly images: readonly Uint8Array[] };

/** The most levels of lists in lists. */
const deepest = 8;
/** How far outside of its range rounding may put a scaled value, as a share of the range. */
const slack = 1e-6;

/**
 * Reads a tensor: UINT8 pixels 0–255, FP32 pixels already scaled, or BYTES, one encoded image an element.
 *
 * @param inputShape the network's [H, W, C].
 * @param most what 255 is scaled to; 1 for most models
 * @throws HttpError 'bad-tensor' or 'bad-base64'
 */
export function readTensor(tensor: InputTensor, inputShape: readonly number[], most = 1): InputPictures {
  const { datatype, shape } = tensor;
  switch (datatype) {
    case 'UINT8':
    case 'FP32': {
      const [count = 0, ...rest] = shape;
      if (count === 0 || formatShape(rest) !== formatShape(inputShape)) {
        throw httpError(
          'bad-tensor',
          `The input's shape is [${shape.join(', ')}], but should be [N, ${inputShape.join(', ')}], N at least 1.`,
        );
      }
      const length = shape.reduce((product, size) => product * size, 1);
      const pictures = datatype === 'UINT8' ? bytesOf(tensor, length) : floatsOf(tensor, length, most);
      return { kind: 'pictures', pictures };
    }
    case 'BYTES': {
      const count = shape[0] ?? 0;
      if (count === 0 || shape.length > 2 || (shape[1] ?? 1) !== 1) {
        throw httpError(
          'bad-tensor',
          `The input's shape is [${shape.join(', ')}], but should be [N] or [N, 1] for BYTES, N at least 1.`,
        );
      }
      return { kind: 'images', images: imagesOf(tensor, count) };
    }
  }
}

function bytesOf({ data, binary }: InputTensor, length: number): Uint8Array {
  if (binary) {
    requireLength(binary.length, length, 'bytes');
    return binary;
  }
  const values = numbersIn(data!, length);
  if (values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)) return Uint8Array.from(values);
  throw httpError('bad-tensor', "The input's UINT8 data should be whole numbers from 0 to 255.");
}

function floatsOf({ data, binary }: InputTensor, length: number, most: number): Float32Array {
  if (binary) requireLength(binary.length, length * 4, 'bytes');
  const values = binary ? littleEndianFloats(binary) : Float32Array.from(numbersIn(data!, length));
  const margin = slack * most;
  if (values.every((value) => value >= -margin && value <= most + margin)) return values;
  throw httpError(
    'bad-tensor',
    `The input's FP32 data should be from 0 to ${most}; send pixels from 0 to 255 as UINT8.`,
  );
}

function littleEndianFloats(bytes: Buffer): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}

/** The numbers in lists of lists, in their order. */
function numbersIn(data: readonly unknown[], length: number): number[] {
  const values: number[] = [];
  const walk = (list: readonly unknown[], depth: number) => {
    if (depth > deepest) throw httpError('bad-tensor', "The input's data are nested too deeply.");
    for (const value of list) {
      if (Array.isArray(value)) walk(value, depth + 1);
      else if (typeof value === 'number') values.push(value);
      else throw httpError('bad-tensor', "The input's data should be numbers.");
    }
  };
  walk(data, 1);
  requireLength(values.length, length, 'numbers');
  return values;
}

function imagesOf({ data, binary }: InputTensor, count: number): Uint8Array[] {
  if (binary) return binaryElements(binary, count);
  const texts = data!.flat(1);
  requireLength(texts.length, count, 'images');
  return texts.map((text, n) => {
    if (typeof text === 'string') return base64Bytes(text, `Image ${n + 1}`);
    throw httpError('bad-tensor', "The input's BYTES data should be images in base64.");
  });
}

/** Each element is its length, 4 bytes little-endian, then as many bytes. */
function binaryElements(bytes: Buffer, count: number): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= bytes.length && elements.length < count) {
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    elements.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (elements.length === count && at === bytes.length) return elements;
  throw httpError('bad-tensor', `The input's bytes are not ${count} elements, each with its length before it.`);
}

function requireLength(found: number, expected: number, what: string): void {
  if (found !== expected)
    throw httpError('bad-tensor', `The input's data are ${found} ${what}, but its shape says ${expected}.`);
}
