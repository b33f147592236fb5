import { type Executable, overImages } from '../compile/executable.ts';
import type { LabelledImages } from '../data/images.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import { type Buffer, float, persistentBuffer, transientBuffer } from '../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../engine/kernelCall.ts';
import type { Network } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';

/** Images that go through the network at once. Larger batches run as several; no result depends on it. */
export const microBatch = 60;
/** Images that come in and rows that go out in one run: as many as fit these bytes, but a micro-batch at least. */
const stagingBytes = 4_000_000;
const mostImages = 480;

const wholeImages = { units: 'images', chunkSize: 8 } as const;
const owner = 'the staging area';

/** The memory through which pictures and labels come in, and probabilities and losses go out; and the calls that move them. */
export interface Staging {
  /** Images that fit. */
  readonly slots: number;
  readonly classes: number;
  readonly pixelsPerImage: number;
  /** 8-bit [slots, …inputShape]; labels, samples and positions in the batch uint32 [slots]. */
  readonly pixels: Buffer;
  readonly labels: Buffer;
  readonly samples: Buffer;
  readonly positions: Buffer;
  /** float32 [slots, Y] and [slots]. */
  readonly probabilities: Buffer;
  readonly losses: Buffer;
  /** float32 [M, Y] */
  readonly targets: Buffer;
  /** Preprocesses a micro-batch of `pixels`. */
  load(to: Buffer): KernelCall;
  /** Labels to one-hot rows in `targets`; of their mass, the share `smoothing` (0 by default) goes to all classes in equal parts. */
  oneHot(smoothing?: number): KernelCall;
  /** Categorical cross-entropy of each image, from logits [M, Y] to `losses`. */
  crossEntropy(logits: Buffer): KernelCall;
  /** Copies a micro-batch, `size` floats an image, to or from slots of that size. */
  store(from: Buffer, slots: Buffer, size: number): KernelCall;
}

/** Labelled images as a network's losses and answers need them. */
export interface Scored {
  /** [N, Y] */
  readonly probabilities: Float32Array;
  /** [N], categorical cross-entropy in nats. */
  readonly losses: Float32Array;
}

/** @param M images that run at once, at most */
export function createStaging(network: Network, { divideBy }: Preprocessing, M = microBatch): Staging {
  const pixelsPerImage = sizeOf(network.inputShape);
  const Y = sizeOf(network.outputShape);
  // Pixels come in as bytes or as floats.
  const affordable = Math.min(mostImages, stagingBytes / (pixelsPerImage * 5));
  const slots = M * Math.max(1, Math.floor(affordable / M));
  const pixels = persistentBuffer(owner, slots * pixelsPerImage);
  const labels = persistentBuffer(owner, slots * 4);
  const losses = persistentBuffer(owner, slots * 4);
  const targets = transientBuffer('the loss', Math.max(M, microBatch) * Y * 4);
  return {
    slots,
    classes: Y,
    pixelsPerImage,
    pixels,
    labels,
    samples: persistentBuffer(owner, slots * 4),
    positions: persistentBuffer(owner, slots * 4),
    probabilities: persistentBuffer(owner, slots * Y * 4),
    losses,
    targets,
    load: (y) =>
      kernelCall(
        'input',
        'scalePixels',
        { x: pixels, y, size: pixelsPerImage, divisor: float(divideBy) },
        { ...wholeImages, perImage: { x: pixelsPerImage } },
      ),
    oneHot: (smoothing = 0) =>
      kernelCall(
        'loss',
        'oneHot',
        { labels, y: targets, classes: Y, on: float(1 - smoothing + smoothing / Y), off: float(smoothing / Y) },
        { ...wholeImages, perImage: { labels: 4 } },
      ),
    crossEntropy: (x) =>
      kernelCall(
        'loss',
        'crossEntropyForward',
        { x, t: targets, losses, Y },
        { ...wholeImages, perImage: { losses: 4 } },
      ),
    store: (x, y, size) =>
      kernelCall('output', 'copyRows', { x, y, size }, { ...wholeImages, perImage: { y: size * 4 } }),
  };
}

/** Reads labelled images into the first slots. */
export function stageImages(
  executable: Executable<never>,
  { pixels, labels, samples, pixelsPerImage }: Staging,
  set: LabelledImages,
  chosen: Uint32Array,
): void | Promise<void> {
  const staged = executable.words(labels);
  for (const [slot, sample] of chosen.entries()) staged[slot] = set.labels[sample]!;
  executable.words(samples).set(chosen);
  return set.read(chosen, executable.bytes(pixels).subarray(0, chosen.length * pixelsPerImage));
}

/** Calls `part` for every range of images that fits the slots: its beginning and its length. */
export async function bySlots(
  { slots }: Staging,
  images: number,
  part: (from: number, count: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < images; from += slots) await part(from, Math.min(slots, images - from));
}

/** Probabilities and losses of labelled images, by a program that leaves them in their slots. */
export async function scoreImages<Name extends string>(
  executable: Executable<Name>,
  program: Name,
  staging: Staging,
  set: LabelledImages,
  chosen: Uint32Array,
): Promise<Scored> {
  const { classes } = staging;
  const probabilities = new Float32Array(chosen.length * classes);
  const losses = new Float32Array(chosen.length);
  await bySlots(staging, chosen.length, async (from, count) => {
    await stageImages(executable, staging, set, chosen.subarray(from, from + count));
    await executable.run(overImages(program, count, microBatch));
    probabilities.set(executable.floats(staging.probabilities).subarray(0, count * classes), from * classes);
    losses.set(executable.floats(staging.losses).subarray(0, count), from);
  });
  return { probabilities, losses };
}
