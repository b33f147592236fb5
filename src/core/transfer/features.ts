import { fitImages } from '../data/fitPicture.ts';
import { type LabelledImages, pictureBytes, readImages } from '../data/images.ts';
import type { Engine } from '../engine/start.ts';
import { SelvedgeError } from '../errors.ts';
import { type Classifier, openClassifier } from '../model/classifier.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../model/testTimeAugmentation.ts';
import type { AbortSignalLike } from '../training/loop.ts';
import type { FeatureRows } from './softmaxRegression.ts';
import { imagesInView } from './views.ts';

/** Images whose features are computed between two reports of progress. */
const part = 480;

/** Features of pictures that were computed before by the same layers. */
export interface FeatureStore {
  /** What identifies each picture. @param pixels 8-bit [n, H, W, C], before they are fitted to the network */
  keysOf(pixels: Uint8Array, bytesEach: number): string[];
  /** Passes the features [D] of each picture that it has to `use`, once a key. */
  read(keys: readonly string[], use: (key: string, features: Float32Array) => void): Promise<void>;
  /** Stores features [n, D]. That they cannot be stored is no error. */
  write(keys: readonly string[], features: Float32Array): Promise<void>;
}

export interface FeatureExtractor {
  /** Features of some pictures of a set in a view, and their labels. */
  rowsOf(set: LabelledImages, samples: Uint32Array, view: View): Promise<FeatureRows>;
  /** How many pictures' features `rowsOf` returned, and how many of them were stored before. */
  counts(): FeatureCounts;
  close(): Promise<void>;
}

/** Pictures whose features were used, each view counted, and how many of them were not computed, but read. */
export interface FeatureCounts {
  readonly pictures: number;
  readonly stored: number;
}

export interface FeatureOptions {
  readonly threads: number;
  readonly store?: FeatureStore | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** Called with the number of pictures that are done. */
  readonly onPictures: (done: number) => void;
}

/**
 * Layers that turn pictures into features; they are compiled when the first picture needs them. A picture's features do not depend on the
 * pictures beside it, so those of a store have the bits that computing would give.
 * @param layer whose output, [D], are the features
 */
export function openFeatures(
  model: Model,
  layer: string,
  D: number,
  engine: Engine,
  { threads, store, signal, onPictures }: FeatureOptions,
): FeatureExtractor {
  let classifier: Classifier<Model> | undefined;
  let [pictures, stored] = [0, 0];

  /** Fills in what the store has; the keys of the others by their places. */
  async function fromStore(shown: LabelledImages, samples: Uint32Array, values: Float32Array) {
    const places = new Map<string, number[]>();
    for (let from = 0; store && from < samples.length; from += part) {
      const pixels = await readImages(shown, samples.subarray(from, from + part));
      for (const [i, key] of store.keysOf(pixels, pictureBytes(shown)).entries()) {
        const known = places.get(key);
        if (known) known.push(from + i);
        else places.set(key, [from + i]);
      }
    }
    await store?.read([...places.keys()], (key, features) => {
      for (const place of places.get(key) ?? []) values.set(features, place * D);
      stored += places.get(key)?.length ?? 0;
      places.delete(key);
    });
    return places;
  }

  return {
    async rowsOf(set, samples, view) {
      const shown = imagesInView(set, view);
      const fitted = fitImages(shown, model.preprocessing);
      const values = new Float32Array(samples.length * D);
      const unknown = await fromStore(shown, samples, values);
      const missing = store ? [...unknown.values()].flat().sort((a, b) => a - b) : [...samples.keys()];
      const computed = new Set<number>();
      pictures += samples.length;
      onPictures(pictures - missing.length);
      try {
        for (let from = 0; from < missing.length; from += part) {
          if (signal?.aborted)
            throw new SelvedgeError('aborted', 'Stopped before the head was fitted, so nothing was written.');
          const chosen = missing.slice(from, from + part);
          classifier ??= await openClassifier(model, engine, threads, layer);
          const { features } = await classifier.answersOf(
            fitted,
            Uint32Array.from(chosen, (place) => samples[place]!),
          );
          for (const [i, place] of chosen.entries()) {
            values.set(features.subarray(i * D, (i + 1) * D), place * D);
            computed.add(place);
          }
          onPictures(pictures - missing.length + from + chosen.length);
        }
      } finally {
        // Of a stop in between, too: what was computed is not computed again.
        const known = [...unknown].flatMap(([key, [first]]) => (computed.has(first!) ? [{ key, first: first! }] : []));
        const rows = new Float32Array(known.length * D);
        for (const [i, { first }] of known.entries()) rows.set(values.subarray(first * D, (first + 1) * D), i * D);
        if (known.length > 0)
          await store?.write(
            known.map(({ key }) => key),
            rows,
          );
      }
      return { values, labels: samples.map((i) => set.labels[i]!) };
    },
    counts: () => ({ pictures, stored }),
    close: async () => classifier?.close(),
  };
}
