import type { LabelledImages } from '../../core/data/images.ts';

/** The same images, which report how many are read, for the progress of work that reads each once. */
export function reportReads(set: LabelledImages, onRead: (images: number) => void): LabelledImages {
  return {
    ...set,
    read(indices, target) {
      onRead(indices.length);
      return set.read(indices, target);
    },
  };
}
