import { convertPhoto, type PhotoConversion } from '../../../core/data/convertPhoto.ts';
import type { PixelImage } from '../../../core/data/images.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { decodeImage, type ImageHeader } from '../../images/decode.ts';
import type { RefusalCode } from '../errors.ts';

/** A picture as the network sees it, and what was done to get it. */
export interface Seen {
  /** [28, 28, 1] */
  readonly pixels: Uint8Array;
  readonly conversion: PhotoConversion;
}

/** An encoded image on its way to the network. */
export interface Photo {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly header: ImageHeader;
}

/** What a thread can send: an error would lose its kind on the way. */
export type SeenOrRefused = Seen | { readonly refusal: RefusalCode; readonly sentence: string };

/** Decodes and converts as `selvedge predict` does. */
export async function seePhoto({ bytes, name, header }: Photo): Promise<SeenOrRefused> {
  let photo: PixelImage;
  try {
    photo = await decodeImage(bytes, name, header);
  } catch (error) {
    if (error instanceof SelvedgeError) return { refusal: 'damaged-image', sentence: error.message };
    throw error;
  }
  try {
    const { image, done } = convertPhoto(photo, { name });
    return { pixels: image.pixels, conversion: done };
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    const sentence = `${name} shows nothing but its background (transparent parts count as white): use a photo of one garment on a plain background of another shade.`;
    return { refusal: 'no-garment', sentence };
  }
}
