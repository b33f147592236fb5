import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import type { PixelImage } from '../../../core/data/images.ts';
import { fitInto, resize } from '../../../core/data/photo/resize.ts';
import { type Fingerprint, fingerprint } from '../../../core/data/pictures/fingerprint.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { decodeImage, mediaTypeOf } from '../../images/decode.ts';
import type { StoredPicture } from './pictureStore.ts';

/** The longest edge of a stored picture and of a thumbnail, in pixels. */
const originalEdge = 1600;
const thumbnailEdge = 256;
/** No edge is longer: the picture is stored losslessly and is its own thumbnail. */
const tinyEdge = 64;
/** A PNG of no more pixels stays lossless. */
const losslessPixels = 65_536;

export interface PreparedPicture extends StoredPicture {
  /** Of the file as it came, upright. */
  readonly width: number;
  readonly height: number;
  /** As the file has them, 8-bit, [H, W, 1] or [H, W, 3]; transparency on white, sRGB. */
  readonly pixels: PixelImage;
  /** The same, averaged to at most 256 pixels an edge. */
  readonly small: PixelImage;
  readonly fingerprint: Fingerprint;
}

/**
 * Decodes a picture's file once, and makes from it all that the catalogue keeps. It is encoded anew, upright, in sRGB, without EXIF, XMP and
 * profiles, and at most 1600 pixels an edge: as PNG where no edge is longer than 64 pixels or a PNG has at most 65,536 pixels, else as
 * JPEG of quality 90. The thumbnail is a WebP of at most 256 pixels an edge; a picture of at most 64 pixels is its own.
 * @param bytes of a PNG, JPEG or WebP file
 * @param name the picture's name in errors
 * @throws SelvedgeError 'bad-image' as `decodeImage` does
 */
export async function preparePicture(bytes: Uint8Array, name: string): Promise<PreparedPicture> {
  const pixels = await decodeImage(bytes, name);
  const { width, height } = pixels;
  const longest = Math.max(width, height);
  const small =
    longest <= thumbnailEdge
      ? pixels
      : resize(pixels, fitInto(pixels, { height: thumbnailEdge, width: thumbnailEdge }));
  const isLossless = longest <= tinyEdge || (mediaTypeOf(bytes) === 'image/png' && width * height <= losslessPixels);
  const original = isLossless ? compact(encodePng(pixels)) : await encodePhoto(pixels);
  const thumbnail = longest <= tinyEdge ? original : compact(await rawOf(small).webp({ quality: 80 }).toBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { digest, width, height, pixels, small, original, thumbnail, fingerprint: fingerprint(pixels, name) };
}

async function encodePhoto(pixels: PixelImage): Promise<Uint8Array> {
  const size = { width: originalEdge, height: originalEdge, fit: 'inside', withoutEnlargement: true } as const;
  return compact(await rawOf(pixels).resize(size).jpeg({ quality: 90 }).toBuffer());
}

function rawOf({ pixels, height, width, channels }: PixelImage): Sharp {
  const picture = sharp(pixels, { raw: { height, width, channels: channels as 1 | 3 }, limitInputPixels: false });
  return picture.toColourspace(channels === 1 ? 'b-w' : 'srgb');
}

/** Without the rest of a larger buffer, which would be copied along to another thread. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength
    ? new Uint8Array(bytes.buffer, 0, bytes.byteLength)
    : new Uint8Array(bytes);
}
