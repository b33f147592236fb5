import type { FastifyReply } from 'fastify';
import { type PhotoPreparation, photosOf } from '../../core/data/fitPicture.ts';
import { formatShape } from '../../core/graph/shape.ts';
import type { Pictures } from '../../core/model/classifier.ts';
import type { TestTimeTransform } from '../../core/model/testTimeAugmentation.ts';
import { isImage } from '../images/decode.ts';
import { httpError } from './errors.ts';
import type { RequestContext } from './http/context.ts';
import type { Limits } from './limits.ts';
import type { Registry, Served } from './models/registry.ts';
import type { ReliableAnswers } from './models/reliability.ts';
import type { Explanations } from './scheduling/explanations.ts';
import type { ImagePreprocessing, NamedImage } from './scheduling/imagePreprocessing.ts';

/** What all protocols classify with. */
export interface ClassificationService {
  readonly registry: Registry;
  readonly preprocessing: ImagePreprocessing;
  readonly explanations: Explanations;
  readonly limits: Limits;
  /** Views of each picture over which its probabilities are averaged, beside itself. */
  readonly testTimeAugmentation: readonly TestTimeTransform[];
}

/** Pictures [N, H, W, C] as a network takes them, and how each was made. */
export interface ConvertedPictures {
  readonly pixels: Uint8Array;
  readonly conversions: readonly PhotoPreparation[];
}

const asIs: PhotoPreparation = { kind: 'as-is' };

/** Why a request would not be admitted, known before its body is read: rejecting has to cost less than answering. */
export function earlyRejection(
  { registry, preprocessing }: ClassificationService,
  { timeoutMs }: RequestContext,
  hasImages: boolean,
): Error | undefined {
  let rejected: Error | undefined;
  for (const { batcher } of registry.all()) {
    rejected = batcher.rejection(1, timeoutMs);
    if (!rejected) break;
  }
  return rejected ?? (hasImages ? preprocessing.rejection(timeoutMs) : undefined);
}

/** Every answer names its model and version. */
export function setModelHeaders(reply: FastifyReply, { name, version }: Served): void {
  reply.header('x-model-name', name);
  reply.header('x-model-version', version);
}

/**
 * The pictures of one body: an encoded image, or raw pixels of whole pictures.
 * @throws HttpError
 */
export async function picturesOfBody(
  service: ClassificationService,
  context: RequestContext,
  served: Served,
  body: Uint8Array,
  contentType: string,
): Promise<ConvertedPictures> {
  if (body.length === 0) throw httpError('empty-body', 'The request has no body: send an image, or the pixels of one.');
  if (isImage(body)) return picturesOfImages(service, context, served, [{ bytes: body, name: 'The image' }]);
  if (contentType.startsWith('image/')) {
    throw httpError(
      'unsupported-image',
      'The image is not a PNG, JPEG or WebP, by its first bytes: convert it to one of these first.',
    );
  }
  if (contentType !== 'application/octet-stream') {
    throw httpError(
      'unsupported-body',
      'Send a PNG, JPEG or WebP image, or pixels as application/octet-stream; /v1/classify also takes several images as multipart/form-data, /models/NAME JSON.',
    );
  }
  return picturesOfPixels(served, body, service.limits);
}

/** @throws HttpError 'bad-pixels' or 'too-many-images' */
function picturesOfPixels({ model, pictureSize }: Served, pixels: Uint8Array, limits: Limits): ConvertedPictures {
  const count = pixels.length / pictureSize;
  if (!Number.isInteger(count) || count === 0) {
    const shape = formatShape(model.network.inputShape);
    throw httpError(
      'bad-pixels',
      `The body is neither a PNG, JPEG or WebP image nor whole pictures of ${shape}: it has ${pixels.length} bytes, a picture ${pictureSize}, one for each value.`,
    );
  }
  requireFew(count, limits);
  return { pixels, conversions: count === 1 ? [asIs] : Array.from({ length: count }, () => asIs) };
}

/** @throws HttpError 'too-many-images' */
export function requireFew(count: number, { images }: Limits): void {
  if (count <= images) return;
  throw httpError('too-many-images', `The request has ${count} pictures, more than ${images}: send several requests.`);
}

/**
 * Images as the model's preprocessing says, as `selvedge predict` does.
 * @throws HttpError
 */
export async function picturesOfImages(
  { preprocessing }: ClassificationService,
  context: RequestContext,
  { model, pictureSize, batcher }: Served,
  images: readonly NamedImage[],
): Promise<ConvertedPictures> {
  if (photosOf(model.preprocessing) === null) {
    const shape = formatShape(model.network.inputShape);
    throw httpError(
      'no-conversion',
      `This model takes pictures of ${shape}, to which images are not converted: send raw pixels.`,
    );
  }
  // Before the work of decoding, not after it.
  const rejected = batcher.rejection(images.length, context.deadline - performance.now());
  if (rejected) throw rejected;
  const converted = await preprocessing.preprocess(images, model.preprocessing, context);
  if (converted.length === 1) return { pixels: converted[0]!.pixels, conversions: [converted[0]!.conversion] };
  const pixels = new Uint8Array(converted.length * pictureSize);
  for (const [n, picture] of converted.entries()) pixels.set(picture.pixels, n * pictureSize);
  return { pixels, conversions: converted.map(({ conversion }) => conversion) };
}

/** The network's answers, with the model's reliability metadata applied. */
export async function classifyPictures(
  context: RequestContext,
  { batcher, reliability, pictureSize }: Served,
  pictures: Pictures,
): Promise<ReliableAnswers> {
  const [answers] = await batcher.submit(pictures, context);
  return reliability.apply(answers!, pictures.length / pictureSize);
}
