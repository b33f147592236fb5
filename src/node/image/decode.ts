import sharp from 'sharp';
import type { PixelImage } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';

/** A photo may hold this many pixels; a hostile file of a few kilobytes can claim billions. */
const pixelLimit = 50_000_000;

/**
 * Decodes a PNG, JPEG or WebP file to 8-bit pixels, the way up that its EXIF orientation says, transparency laid on
 * white. Greyscale files give one channel, all others (CMYK and embedded profiles included) give sRGB.
 *
 * The format is told by the first bytes alone; a file's name says nothing about it.
 *
 * @param bytes the whole file.
 * @param name what to call it in an error.
 * @returns [H, W, 1] or [H, W, 3].
 * @throws SelvedgeError `bad-image` when the bytes are no such file, are damaged or cut short, or hold more than 50
 *   million pixels.
 */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<PixelImage> {
  if (bytes.length === 0) throw new SelvedgeError('bad-image', `${name} is empty: choose a PNG, JPEG or WebP picture.`);
  if (!isPng(bytes) && !isJpeg(bytes) && !isWebp(bytes)) {
    throw new SelvedgeError('bad-image', `${name} is no PNG, JPEG or WebP picture: convert it to one of these first.`);
  }
  try {
    return await decode(bytes, name);
  } catch (cause) {
    if (cause instanceof SelvedgeError) throw cause;
    throw new SelvedgeError('bad-image', `${name} is damaged or cut short and can't be decoded: save it again.`, {
      cause,
    });
  }
}

async function decode(bytes: Uint8Array, name: string): Promise<PixelImage> {
  const { width, height, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
  if (width * height > pixelLimit) {
    throw new SelvedgeError(
      'bad-image',
      `${name} is ${width}×${height} pixels, more than ${pixelLimit / 1e6} million: make it smaller first.`,
    );
  }
  const grey = space === 'b-w' || space === 'grey16';
  const { data, info } = await sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'error' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), height: info.height, width: info.width, channels: info.channels };
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
