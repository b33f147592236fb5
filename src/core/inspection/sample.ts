import type { LabelledImages } from '../data/images.ts';
import { permutation, randomSequence, streams } from '../engine/random.ts';
import { type InspectionTarget, isLarge, type OnProgress } from './target.ts';

/** Sequence numbers in the inspection's random stream. */
export const sequences = {
  fit: 0xa01,
  score: 0xa02,
  activations: 0xb01,
  ablation: 0xb02,
  sufficientUnits: 0xb03,
  unitOrder: 0xb04,
} as const;

/** What an analysis of test images is given. */
export interface AnalysisOptions {
  readonly target: InspectionTarget;
  /** The test set. */
  readonly set: LabelledImages;
  readonly seed: number;
  readonly quick: boolean;
  readonly onProgress?: OnProgress;
}

/** Test images of the quick report, and of the whole one of a large network. */
const quickImages = 500;
const imagesOfLarge = 2000;

/** How many test images an analysis that needs each only once looks at. */
export function imagesFor({ target, set, quick }: AnalysisOptions): number {
  return quick ? quickImages : isLarge(target.network) ? imagesOfLarge : set.count;
}

/** `wanted` of the images 0 … count − 1, or all of them, in random order. */
export function drawImages(count: number, wanted: number, seed: number, use: keyof typeof sequences): Uint32Array {
  return permutation(count, randomSequence(seed, streams.inspection, sequences[use])).subarray(0, wanted);
}
