import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fashionMnistClassNames } from '../../src/core/data/classNames.ts';
import { labelledImages, parseIdxImages, parseIdxLabels } from '../../src/core/data/idx.ts';
import type { DatasetInMemory, ImagesInMemory } from '../../src/core/data/images.ts';
import { philox } from '../../src/core/engine/random.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';

function setOf(part: 'train' | 't10k'): ImagesInMemory {
  const bytes = (name: string) =>
    gunzipSync(readFileSync(new URL(`../fixtures/fashion-mnist-subset/${name}.gz`, import.meta.url)));
  const [images, labels] = [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`];
  return labelledImages(parseIdxImages(bytes(images), images), parseIdxLabels(bytes(labels), labels), 10);
}

/** The committed 400 training and 200 test images. */
export function subset(): DatasetInMemory {
  return { name: 'subset', classNames: fashionMnistClassNames, train: setOf('train'), test: setOf('t10k') };
}

/** The images' pixels ÷ 255, float32 [N, H, W, C]. */
export function scaledPixels(set: ImagesInMemory, from: number, count: number): Float32Array {
  const size = set.height * set.width * set.channels;
  return Float32Array.from(set.images.subarray(from * size, (from + count) * size), (pixel) => pixel / 255);
}

/** One-hot rows [N, Y]. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let n = 0; n < labels.length; n++) rows[n * classes + labels[n]!] = 1;
  return rows;
}

/** The reference network without its dropout layers; the others keep their names. */
export const referenceWithoutDropout: readonly LayerSpec[] = builtinNetwork('reference').filter(
  ({ type }) => type !== 'dropout',
);

/** The numbers `from`, `from` + 1, … (`count` of them). */
export function range(from: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => from + i);
}

/** `count` float32 values in [−limit, limit), always the same for the same seed. */
export function randomValues(seed: number, count: number, limit = 1): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => ((philox([i, 0, 0, 0], [seed, 0x7e57])[0] >>> 8) * 2 ** -23 - 1) * limit,
  );
}
