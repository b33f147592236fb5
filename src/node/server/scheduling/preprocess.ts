import { type PhotoPreparation, type PhotoTarget, photosOf, preparePhoto } from '../../../core/data/fitPicture.ts';
import type { PixelImage } from '../../../core/data/images.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { decodeImage, type ImageHeader } from '../../images/decode.ts';
import type { HttpErrorCode } from '../errors.ts';

/** A picture as the network takes it, and how it was made. */
export interface Preprocessed {
  /** [H, W, C] */
  readonly pixels: Uint8Array;
  readonly conversion: PhotoPreparation;
}

/** An encoded image. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** What to call it in an error. */
  readonly name: string;
  readonly header: ImageHeader;
  /** The preprocessing of the model that it is for. */
  readonly target: PhotoTarget;
}

/** What a thread can send: an error would lose its kind on the way. */
export type PreprocessReply = Preprocessed | { readonly code: HttpErrorCode; readonly sentence: string };

/** Decodes and converts or resizes as `selvedge predict` does. */
export async function preprocess({ bytes, name, header, target }: EncodedImage): Promise<PreprocessReply> {
  let photo: PixelImage;
  try {
    photo = await decodeImage(bytes, name, header);
  } catch (error) {
    if (error instanceof SelvedgeError) return { code: 'damaged-image', sentence: error.message };
    throw error;
  }
  try {
    const { image, done } = preparePhoto(photo, target, name);
    return { pixels: image.pixels, conversion: done };
  } catch (error) {
    // Any picture can be resized; only a garment may not be found.
    if (!(error instanceof SelvedgeError) || photosOf(target) !== 'garment') throw error;
    const sentence = `${name} shows nothing but its background (transparent parts count as white): use a photo of one garment on a plain background of another shade.`;
    return { code: 'no-garment', sentence };
  }
}
