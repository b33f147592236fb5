import { fitPicture } from '../fitPicture.ts';
import type { PixelImage } from '../images.ts';

const rows = 8;
const columns = 8;

/** Edge of a thumbnail. */
export const thumbnailEdge = 16;
/** Values of a thumbnail, [16, 16, 3]. */
export const thumbnailSize = thumbnailEdge * thumbnailEdge * 3;

/** What near-duplicates are recognised by. */
export interface Fingerprint {
  /** The difference hash: bits 0 to 31 and 32 to 63, most significant first. */
  readonly hash: readonly [number, number];
  /** [16, 16, 3], 8-bit */
  readonly thumbnail: Uint8Array;
}

/**
 * The difference hash (dHash) and a thumbnail of a picture. The picture is averaged to 9×8 in grey; each bit says whether a pixel is
 * darker than its right neighbour, row by row.
 * @param image [H, W, C], 8-bit; C from 1 to 4
 * @throws SelvedgeError 'bad-image' where the values are no picture
 * @see Krawetz 2013, "Kind of Like That"
 */
export function fingerprint(image: PixelImage, name?: string): Fingerprint {
  const { pixels } = fitPicture(image, [rows, columns + 1, 1], false, name);
  const hash: [number, number] = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const at = Math.floor(bit / columns) * (columns + 1) + (bit % columns);
    const half = bit < 32 ? 0 : 1;
    hash[half] = ((hash[half] << 1) | (pixels[at]! < pixels[at + 1]! ? 1 : 0)) >>> 0;
  }
  return { hash, thumbnail: fitPicture(image, [thumbnailEdge, thumbnailEdge, 3], false, name).pixels };
}
