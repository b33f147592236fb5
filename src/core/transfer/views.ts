import type { LabelledImages } from '../data/images.ts';
import { inView, type View } from '../model/testTimeAugmentation.ts';
import type { RunConfiguration } from '../training/configuration.ts';

/** The views of a training picture whose features are rows of their own: itself first, its mirror image, and both shifted along a diagonal. */
export function trainingViews({ flip, shift }: Pick<RunConfiguration, 'flip' | 'shift'>): readonly View[] {
  const isFlipped = flip !== 'none';
  const at = (top: number, left: number, flipped: boolean) => ({ top, left, flipped });
  return [
    at(0, 0, false),
    ...(isFlipped ? [at(0, 0, true)] : []),
    ...(shift > 0 ? [at(shift, shift, false), at(-shift, -shift, false)] : []),
    ...(isFlipped && shift > 0 ? [at(shift, -shift, true), at(-shift, shift, true)] : []),
  ];
}

/** A set whose pictures are shown in a view; zeros come in at the edges. */
export function imagesInView(set: LabelledImages, view: View): LabelledImages {
  const { height, width, channels } = set;
  return {
    ...{ count: set.count, height, width, channels, labels: set.labels },
    async read(indices, target) {
      const pixels = new Uint8Array(indices.length * height * width * channels);
      await set.read(indices, pixels);
      target.set(inView(pixels, [height, width, channels], view));
    },
  };
}
