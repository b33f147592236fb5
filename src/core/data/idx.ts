import { SelvedgeError } from '../errors.ts';
import { type ImagesInMemory, imagesInMemory } from './images.ts';

/** An array of unsigned bytes as an IDX file holds it. `data` is row-major and shares memory with the file's bytes. */
export interface IdxArray {
  /** The file's name, for messages. */
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly data: Uint8Array;
}

const unsignedByte = 0x08;
const fetchAgain = 'download the file again';

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the type 0x08, the rank, one big-endian uint32 for each
 * dimension, then exactly as many bytes as the dimensions multiply to.
 *
 * @throws SelvedgeError `bad-data`, naming the file, when the magic number, the dimensions or the length is wrong.
 * @see Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section on file formats.
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  if (bytes.length < 4) throw badData(name, `is ${bytes.length} bytes long, too short for an IDX file; ${fetchAgain}`);
  const [zero, alsoZero, type, rank] = bytes as unknown as [number, number, number, number];
  if (zero !== 0 || alsoZero !== 0 || type !== unsignedByte || rank === 0) {
    const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw badData(name, `starts with ${magic}, which is not an IDX file of unsigned bytes (00 00 08 …); ${fetchAgain}`);
  }

  const headerLength = 4 + 4 * rank;
  if (bytes.length < headerLength) {
    throw badData(name, `ends inside its header, after ${bytes.length} of ${headerLength} bytes; ${fetchAgain}`);
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const dimensions = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));

  const stated = headerLength + dimensions.reduce((product, size) => product * size, 1);
  if (bytes.length !== stated) {
    const fault = bytes.length < stated ? 'is cut short' : 'is too long';
    const shape = dimensions.join('×');
    throw badData(
      name,
      `${fault}: its header states ${shape}, ${stated} bytes in total, and it has ${bytes.length}; ${fetchAgain}`,
    );
  }
  return { name, dimensions, data: bytes.subarray(headerLength) };
}

/**
 * Reads a file of grey pictures, magic number 2051, dimensions [N, H, W].
 *
 * @throws SelvedgeError `bad-data` as {@link parseIdx}, and when the array is not [N, H, W] with H and W above 0.
 */
export function parseIdxImages(bytes: Uint8Array, name: string): IdxArray {
  const images = parseIdx(bytes, name);
  expectRank(images, 3, 'pictures');
  if (images.dimensions[1] === 0 || images.dimensions[2] === 0) {
    throw badData(name, `holds pictures of ${images.dimensions[1]}×${images.dimensions[2]} pixels; ${fetchAgain}`);
  }
  return images;
}

/**
 * Reads a file of labels, magic number 2049, dimensions [N].
 *
 * @throws SelvedgeError `bad-data` as {@link parseIdx}, and when the array is not [N].
 */
export function parseIdxLabels(bytes: Uint8Array, name: string): IdxArray {
  const labels = parseIdx(bytes, name);
  expectRank(labels, 1, 'labels');
  return labels;
}

/**
 * Joins pictures [N, H, W] with their labels [N].
 *
 * @throws SelvedgeError `bad-data` when there are none, when the counts differ, or when a label is `classCount` or more.
 */
export function labelledImages(images: IdxArray, labels: IdxArray, classCount: number): ImagesInMemory {
  const [count, height, width] = images.dimensions as readonly [number, number, number];
  if (count === 0) throw badData(images.name, 'holds no pictures; take a file with at least one');
  if (labels.data.length !== count) {
    throw badData(
      images.name,
      `holds ${count} pictures but ${labels.name} holds ${labels.data.length} labels; take both files from one source`,
    );
  }
  const stray = labels.data.findIndex((label) => label >= classCount);
  if (stray !== -1) {
    throw badData(
      labels.name,
      `has the label ${labels.data[stray]} for item ${stray}, but the labels of ${classCount} classes end at ${classCount - 1}; ${fetchAgain}`,
    );
  }
  return imagesInMemory(images.data, labels.data, { height, width, channels: 1 });
}

function expectRank(array: IdxArray, rank: number, content: string): void {
  const found = array.dimensions.length;
  if (found === rank) return;
  const magic = (axes: number) => (unsignedByte << 8) + axes;
  throw badData(
    array.name,
    `has the magic number ${magic(found)} instead of ${magic(rank)} (${content}); check that the files were not swapped`,
  );
}

function badData(name: string, fault: string): SelvedgeError {
  return new SelvedgeError('bad-data', `${name} ${fault}.`);
}
