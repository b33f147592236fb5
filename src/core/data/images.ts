import { SelvedgeError } from '../errors.ts';

/** Labelled pictures of one size. They are read a batch at a time, so a set need not fit in memory. */
export interface LabelledImages {
  /** N */
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Class numbers from 0, [N]. */
  readonly labels: Uint32Array;
  /** Copies the pictures at `indices`, in that order, to the start of `target`: 8-bit [n, H, W, C], row-major. */
  read(indices: ArrayLike<number>, target: Uint8Array): void | Promise<void>;
}

/** A set that is held in memory whole. */
export interface ImagesInMemory extends LabelledImages {
  /** 8-bit [N, H, W, C], row-major, channels last. */
  readonly images: Uint8Array;
}

/** A classification data set. Choices are made on parts of `train`; `test` only describes a finished model. */
export interface Dataset {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Indices of `train`, ascending, that are kept out of training, where that is not drawn. */
  readonly validation?: Uint32Array;
  /**
   * Of each picture a number, the same one for pictures that say little about one another in different parts: photos of one thing, and
   * near-duplicates.
   */
  readonly units?: { readonly train: Uint32Array; readonly test: Uint32Array };
  /** How photos became its pictures, where they were photos. */
  readonly pictures?: PictureForm;
}

/** How pictures of any size become what a network takes. See `fitPicture`. */
export interface PictureForm {
  /** Whether a photo is first converted to a 28×28 grey garment on black, as `convertPhoto` does, or is taken whole. */
  readonly photos: 'garment' | 'whole';
  /** Whether 8-bit values v become 255 − v. */
  readonly negate: boolean;
}

/** A data set that is held in memory whole. */
export interface DatasetInMemory extends Dataset {
  readonly train: ImagesInMemory;
  readonly test: ImagesInMemory;
}

/** One 8-bit picture, [H, W, C], row-major, channels last. */
export interface PixelImage {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** @throws SelvedgeError 'bad-image' where a picture does not have one value for each pixel and channel */
export function requireWhole({ pixels, height, width, channels }: PixelImage, name: string): void {
  if (pixels.length === height * width * channels) return;
  throw new SelvedgeError(
    'bad-image',
    `${name} has ${pixels.length} values, but a picture of [${height}, ${width}, ${channels}] has ${height * width * channels}; pass one for each pixel and channel.`,
  );
}

/** Bytes of one picture of a set. */
export function pictureBytes({ height, width, channels }: Omit<LabelledImages, 'read'>): number {
  return height * width * channels;
}

/**
 * A set from arrays in memory, which it shares.
 * @param images 8-bit [N, H, W, C]
 * @param labels [N]
 */
export function imagesInMemory(
  images: Uint8Array,
  labels: ArrayLike<number>,
  { height, width, channels }: Pick<LabelledImages, 'height' | 'width' | 'channels'>,
): ImagesInMemory {
  const size = height * width * channels;
  return {
    images,
    labels: labels instanceof Uint32Array ? labels : Uint32Array.from(labels),
    count: labels.length,
    height,
    width,
    channels,
    read(indices, target) {
      for (let n = 0; n < indices.length; n++) {
        const from = indices[n]! * size;
        target.set(images.subarray(from, from + size), n * size);
      }
    },
  };
}

/** The indices of all pictures of a set. */
export function everyIndex({ count }: Pick<LabelledImages, 'count'>): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** The pictures at `indices` as a set of their own, in that order. */
export function selectImages(set: LabelledImages, indices: Uint32Array): LabelledImages {
  const { height, width, channels } = set;
  return {
    count: indices.length,
    height,
    width,
    channels,
    labels: indices.map((i) => set.labels[i]!),
    read: (chosen, target) =>
      set.read(
        Uint32Array.from(chosen, (i) => indices[i]!),
        target,
      ),
  };
}

/** Some pictures of a set, 8-bit [n, H, W, C]. */
export async function readImages(set: LabelledImages, indices: ArrayLike<number>): Promise<Uint8Array> {
  const pixels = new Uint8Array(indices.length * pictureBytes(set));
  await set.read(indices, pixels);
  return pixels;
}

/** Picture `index` of a set. */
export async function imageAt(set: LabelledImages, index: number): Promise<PixelImage> {
  const { height, width, channels } = set;
  return { pixels: await readImages(set, [index]), height, width, channels };
}
