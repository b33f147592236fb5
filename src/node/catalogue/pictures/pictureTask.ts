import { type DominantColour, dominantColours } from '../../../core/catalogue/tags/dominantColours.ts';
import { fitPicture, type PhotoPreparation, type PhotoTarget, preparePhoto } from '../../../core/data/fitPicture.ts';
import type { PixelImage } from '../../../core/data/images.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/graph/shape.ts';
import { readPictureWithin, shownPath } from '../../images/readPicture.ts';
import { type PreparedPicture, preparePicture } from './preparePicture.ts';

/** A picture's file: its bytes, or a path that others may have written, relative to a folder that it must not lead out of. */
export type PictureSource =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly folder: string; readonly path: string };

export interface PictureTask {
  readonly pictures: readonly PictureSource[];
  /** How a model takes photos; without it, no network input is made. */
  readonly target?: PhotoTarget;
  /** What the network's input is made for another network. */
  readonly fitted?: FittedInput;
}

/** A network's input for another network, of another size. */
export interface FittedInput {
  readonly shape: Shape;
  readonly negate: boolean;
}

/** One sentence about what cannot be used. */
export interface Unusable {
  readonly reason: string;
}

export interface NetworkInput {
  /** 8-bit, of the target's shape. */
  readonly image: PixelImage;
  readonly done: PhotoPreparation;
  /** 8-bit, as `fitted` says; null without it. */
  readonly fitted: Uint8Array | null;
}

/** A prepared picture without its pixels, which may be many. */
export interface CataloguePicture extends Omit<PreparedPicture, 'pixels' | 'small'> {
  /** The garment's, dominant first. */
  readonly colours: readonly DominantColour[];
  /** Null without a target; unusable where the model cannot take the picture, as where no garment is found. */
  readonly input: NetworkInput | Unusable | null;
}

/** Reads, decodes and prepares each picture, one after the other. */
export async function preparePictures({
  pictures,
  target,
  fitted,
}: PictureTask): Promise<(CataloguePicture | Unusable)[]> {
  const results: (CataloguePicture | Unusable)[] = [];
  for (const source of pictures) {
    const name = 'path' in source ? shownPath(source.path) : source.name;
    results.push(
      await attempt(async () => {
        const bytes = 'path' in source ? await readPictureWithin(source.folder, source.path) : source.bytes;
        const { pixels, small, ...kept } = await preparePicture(bytes, name);
        return {
          ...kept,
          colours: dominantColours(small).colours,
          input: target ? await attempt(async () => inputOf(pixels, target, fitted, name)) : null,
        };
      }),
    );
  }
  return results;
}

function inputOf(pixels: PixelImage, target: PhotoTarget, fitted: FittedInput | undefined, name: string): NetworkInput {
  const input = preparePhoto(pixels, target, name);
  return { ...input, fitted: fitted ? fitPicture(input.image, fitted.shape, fitted.negate, name).pixels : null };
}

async function attempt<T>(action: () => Promise<T>): Promise<T | Unusable> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof SelvedgeError) return { reason: error.message };
    throw error;
  }
}
