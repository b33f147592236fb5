import type { PhotoConversion } from '../../core/data/convertPhoto.ts';
import { formatShape } from '../../core/graph/shape.ts';
import type { Pictures } from '../../core/training/runtime.ts';
import { isImage } from '../images/decode.ts';
import type { Darkroom, NamedImage } from './scheduling/imagePreprocessing.ts';
import type { Explaining } from './scheduling/explanations.ts';
import { full } from './scheduling/dynamicBatcher.ts';
import type { Limits } from './limits.ts';
import { refuse } from './errors.ts';
import type { Registry, Served } from './models/registry.ts';
import type { Judged } from './models/reliability.ts';

/** What all ways in share. */
export interface Classifying {
  readonly registry: Registry;
  readonly darkroom: Darkroom;
  readonly explaining: Explaining;
  readonly limits: Limits;
}

/** A request that a model was found for. */
export interface Asked {
  readonly served: Served;
  /** As `performance.now()` counts. */
  readonly deadline: number;
  /** Whether its client has gone. */
  gone(): boolean;
}

/** Pictures [N, H, W, C] as a network takes them, and what was done to each. */
export interface SeenPictures {
  readonly pixels: Uint8Array;
  readonly conversions: readonly PhotoConversion[];
}

const asIs: PhotoConversion = { kind: 'as-is' };

/**
 * The pictures of one body: an encoded image, or raw pixels of whole pictures.
 * @throws Refusal
 */
export async function picturesOfBody(
  { darkroom, limits }: Classifying,
  asked: Asked,
  body: Uint8Array,
  contentType: string,
): Promise<SeenPictures> {
  if (body.length === 0) throw refuse('empty-body', 'The request has no body: send an image, or the pixels of one.');
  if (isImage(body)) return picturesOfImages(darkroom, asked, [{ bytes: body, name: 'The image' }]);
  if (contentType.startsWith('image/')) {
    throw refuse(
      'unsupported-image',
      'The image is no PNG, JPEG or WebP, by its first bytes: convert it to one of these first.',
    );
  }
  if (contentType !== 'application/octet-stream') {
    throw refuse(
      'unsupported-body',
      'Send a PNG, JPEG or WebP image, or pixels as application/octet-stream; /v1/classify also takes several images as multipart/form-data, /models/NAME JSON.',
    );
  }
  return picturesOfPixels(asked.served, body, limits);
}

/** @throws Refusal 'bad-pixels' or 'too-many-images' */
function picturesOfPixels({ model, pictureSize }: Served, pixels: Uint8Array, limits: Limits): SeenPictures {
  const count = pixels.length / pictureSize;
  if (!Number.isInteger(count) || count === 0) {
    const shape = formatShape(model.network.inputShape);
    throw refuse(
      'bad-pixels',
      `The body is no PNG, JPEG or WebP image, nor whole pictures of ${shape}: it has ${pixels.length} bytes, a picture ${pictureSize}, one for each value.`,
    );
  }
  requireFew(count, limits);
  return { pixels, conversions: count === 1 ? [asIs] : Array.from({ length: count }, () => asIs) };
}

/** @throws Refusal 'too-many-images' */
export function requireFew(count: number, { images }: Limits): void {
  if (count <= images) return;
  throw refuse('too-many-images', `The request has ${count} pictures, more than ${images}: send several requests.`);
}

/** Images through the conversion that `selvedge predict` uses. */
export async function picturesOfImages(
  darkroom: Darkroom,
  { served: { model, pictureSize, lane }, deadline, gone }: Asked,
  images: readonly NamedImage[],
): Promise<SeenPictures> {
  const shape = formatShape(model.network.inputShape);
  if (shape !== formatShape([28, 28, 1])) {
    throw refuse(
      'no-conversion',
      `This model takes pictures of ${shape}, to which images are not converted: send raw pixels.`,
    );
  }
  // Turned away before the work of decoding, not after it.
  if (!lane.hasRoom(images.length)) throw full(lane.waiting());
  const seen = await darkroom.see(images, deadline, gone);
  if (seen.length === 1) return { pixels: seen[0]!.pixels, conversions: [seen[0]!.conversion] };
  const pixels = new Uint8Array(seen.length * pictureSize);
  for (const [n, picture] of seen.entries()) pixels.set(picture.pixels, n * pictureSize);
  return { pixels, conversions: seen.map(({ conversion }) => conversion) };
}

/** What the network answers, as the model's card corrects and judges it. */
export async function classifyPictures({ served, deadline }: Asked, pictures: Pictures): Promise<Judged> {
  return served.trust.judge(await served.lane.submit(pictures, deadline), pictures.length / served.pictureSize);
}
