import { type LabelledImages, pictureBytes } from './images.ts';

/** Images that are read at once. */
const batch = 1000;

export interface SetDescription {
  /** How many images each class has, in label order. */
  readonly countsByClass: readonly number[];
  /** Mean and standard deviation (of the population) of all pixel values, 0 to 255. */
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Counts a set's classes and summarises its pixels; exact, since both sums are of whole numbers. */
export async function describeSet(set: LabelledImages, classCount: number): Promise<SetDescription> {
  const countsByClass = new Array<number>(classCount).fill(0);
  for (const label of set.labels) countsByClass[label]! += 1;

  const histogram = new Uint32Array(256);
  const size = pictureBytes(set);
  const total = set.count * size;
  const pixels = new Uint8Array(Math.min(batch, set.count) * size);
  for (let from = 0; from < set.count; from += batch) {
    const chosen = Uint32Array.from({ length: Math.min(batch, set.count - from) }, (_, i) => from + i);
    await set.read(chosen, pixels);
    // 47 million of them: an indexed loop takes a fifth of the time of an iterator.
    for (let index = 0; index < chosen.length * size; index++) histogram[pixels[index]!]! += 1;
  }
  const mean = histogram.reduce((sum, times, value) => sum + times * value, 0) / total;
  const meanSquare = histogram.reduce((sum, times, value) => sum + times * value * value, 0) / total;
  return { countsByClass, mean, standardDeviation: Math.sqrt(Math.max(0, meanSquare - mean * mean)) };
}
