import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { PixelImage } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';

/** The most pixels of a photo; a hostile file of a few kilobytes can declare billions. */
const pixelLimit = 50_000_000;

/** What a picture file's header contains. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
}

/** Whether the first bytes are those of a PNG, JPEG or WebP file. */
export function isImage(bytes: Uint8Array): boolean {
  return mediaTypeOf(bytes) !== undefined;
}

/** The media type of a PNG, JPEG or WebP file, by its first bytes; undefined for all others. */
export function mediaTypeOf(bytes: Uint8Array): 'image/png' | 'image/jpeg' | 'image/webp' | undefined {
  if (isPng(bytes)) return 'image/png';
  if (isJpeg(bytes)) return 'image/jpeg';
  return isWebp(bytes) ? 'image/webp' : undefined;
}

/** How the name of such a file ends, without the dot. */
export function extensionOf(bytes: Uint8Array): 'png' | 'jpg' | 'webp' {
  const type = mediaTypeOf(bytes);
  return type === 'image/jpeg' ? 'jpg' : type === 'image/webp' ? 'webp' : 'png';
}

/**
 * Reads the header of a PNG, JPEG or WebP file.
 * @throws SelvedgeError `bad-image` when the bytes are not such a file, or the header is damaged.
 */
export async function readHeader(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  if (bytes.length === 0) throw new SelvedgeError('bad-image', `${name} is empty: choose a PNG, JPEG or WebP picture.`);
  if (!isImage(bytes)) {
    throw new SelvedgeError(
      'bad-image',
      `${name} is not a PNG, JPEG or WebP picture: convert it to one of these first.`,
    );
  }
  if (isPng(bytes) && bytes.length >= 33) return pngHeader(bytes);
  try {
    const { width, height, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width, height, grey: space === 'b-w' || space === 'grey16' };
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/** The first chunk's width, height and colour type; 0 and 4 are grey, without and with alpha. */
function pngHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const colourType = view.getUint8(25);
  return { width: view.getUint32(16), height: view.getUint32(20), grey: colourType === 0 || colourType === 4 };
}

/**
 * Decodes a PNG, JPEG or WebP file to 8-bit pixels, rotated as its EXIF orientation says, transparency blended with
 * white. Greyscale files have one channel; all others (CMYK and embedded profiles included) are converted to sRGB.
 *
 * The format is recognised by the first bytes; a file's name is not used.
 *
 * @param bytes the whole file.
 * @param name the file's name in errors.
 * @param header the result of `readHeader`, if it is known already.
 * @returns [H, W, 1] or [H, W, 3].
 * @throws SelvedgeError `bad-image` when the bytes are not such a file, are damaged or cut short, or have more than 50
 *   million pixels.
 */
export async function decodeImage(bytes: Uint8Array, name: string, header?: ImageHeader): Promise<PixelImage> {
  const { width, height, grey } = header ?? (await readHeader(bytes, name));
  if (width * height > pixelLimit) {
    throw new SelvedgeError(
      'bad-image',
      `${name} is ${width}×${height} pixels, more than ${pixelLimit / 1e6} million: make it smaller first.`,
    );
  }
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace(grey ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { pixels, height: info.height, width: info.width, channels: info.channels };
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/**
 * Reads and decodes a picture's file.
 * @throws SelvedgeError `bad-image` as `decodeImage` does, and when the file cannot be read
 */
export async function readImageFile(file: string): Promise<PixelImage> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new SelvedgeError('bad-image', `${file} cannot be read (${cause.message}).`, { cause });
  });
  return decodeImage(bytes, file);
}

function damaged(name: string, cause: unknown): SelvedgeError {
  return new SelvedgeError('bad-image', `${name} is damaged or cut short and can't be decoded: save it again.`, {
    cause,
  });
}

function isPng(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0, '\x89PNG\r\n\x1a\n');
}

function isJpeg(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0, '\xff\xd8\xff');
}

function isWebp(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0, 'RIFF') && hasAt(bytes, 8, 'WEBP');
}

function hasAt(bytes: Uint8Array, offset: number, text: string): boolean {
  return [...text].every((letter, i) => bytes[offset + i] === letter.charCodeAt(0));
}
