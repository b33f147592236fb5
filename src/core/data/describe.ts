import type { LabelledImages } from './images.ts';

export interface SetDescription {
  /** How many images each class has, in label order. */
  readonly countsByClass: readonly number[];
  /** Mean and standard deviation (of the population) of all pixel values, 0 to 255. */
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Counts a set's classes and summarises its pixels; exact, since both sums are of whole numbers. */
export function describeSet(set: LabelledImages, classCount: number): SetDescription {
  const countsByClass = new Array<number>(classCount).fill(0);
  for (const label of set.labels) countsByClass[label]! += 1;

  const histogram = new Uint32Array(256);
  const { images } = set;
  const total = images.length;
  // 47 million of them: an indexed loop takes a fifth of the time of an iterator.
  for (let index = 0; index < total; index++) histogram[images[index]!]! += 1;
  const mean = histogram.reduce((sum, times, value) => sum + times * value, 0) / total;
  const meanSquare = histogram.reduce((sum, times, value) => sum + times * value * value, 0) / total;
  return { countsByClass, mean, standardDeviation: Math.sqrt(Math.max(0, meanSquare - mean * mean)) };
}
