import { createRecorder } from '../../compile/recorder.ts';
import type { LabelledImages } from '../../data/images.ts';
import { readPreprocessed } from '../../data/preprocessing.ts';
import { randomSequence, streams } from '../../engine/random.ts';
import type { Layer } from '../../graph/layer.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { Matrix } from '../measures/matrix.ts';
import { createSketch, type Sketch } from '../measures/sketch.ts';
import type { InspectionTarget } from '../target.ts';

/** Images per forward pass. */
const batch = 60;

/** Sequence number of the layers' projections in the inspection's random stream. */
const sketchSequence = 0xa00_0000;

/** Images of a set, by index. */
export interface ChosenImages {
  readonly set: LabelledImages;
  readonly chosen: Uint32Array;
}

/** One row per image. */
export interface FeatureMatrix extends Matrix {
  readonly values: Float32Array;
}

/** A layer's outputs, flat or projected, for the images on which probes and decoders are fitted and scored. */
export interface LayerFeatures {
  readonly layer: Layer;
  readonly sketch: Sketch;
  readonly fit: FeatureMatrix;
  readonly score: FeatureMatrix;
}

/** A fixed projection of every layer to at most `columns` dimensions, from the seed and the layer's place alone. */
export function sketchesFor(layers: readonly Layer[], columns: number, seed: number): Sketch[] {
  return layers.map(({ outputShape }, i) =>
    createSketch(sizeOf(outputShape), columns, randomSequence(seed, streams.inspection, sketchSequence + i)),
  );
}

/**
 * Runs the chosen images through a network and keeps every layer's projection; batch by batch, so that no wide layer is
 * ever held for more than a batch.
 * @param onShare called with the share of the images that have gone through
 */
export async function layerFeatures(
  { network, preprocessing, engine, threads }: Omit<InspectionTarget, 'parameters' | 'untrained'>,
  parameters: Float32Array,
  layers: readonly Layer[],
  sketches: readonly Sketch[],
  images: { readonly fit: ChosenImages; readonly score: ChosenImages },
  onShare: (share: number) => void,
): Promise<LayerFeatures[]> {
  const features = layers.map((layer, i): LayerFeatures => {
    const sketch = sketches[i]!;
    const matrix = ({ chosen }: ChosenImages): FeatureMatrix => {
      const values = new Float32Array(chosen.length * sketch.columns);
      return { rows: chosen.length, columns: sketch.columns, values };
    };
    return { layer, sketch, fit: matrix(images.fit), score: matrix(images.score) };
  });
  const size = sizeOf(network.inputShape);
  const outputs = layers.map(({ name }) => name);
  const total = images.fit.chosen.length + images.score.chosen.length;
  const recorder = await createRecorder({ network, parameters, engine, threads, images: batch, outputs });
  let done = 0;
  try {
    for (const kind of ['fit', 'score'] as const) {
      const { set, chosen } = images[kind];
      for (let from = 0; from < chosen.length; from += batch) {
        const part = chosen.subarray(from, from + batch);
        const x = new Float32Array(part.length * size);
        await readPreprocessed(preprocessing, set, part, x);
        await recorder.forward(x);
        for (const { layer, sketch, [kind]: matrix } of features) {
          // A view of the engine's memory: copying every activation would cost as much as projecting it.
          const y = recorder.activationView(layer.name).subarray(0, part.length * sketch.width);
          sketch.project(y, matrix.values, from);
        }
        done += part.length;
        onShare(done / total);
      }
    }
  } finally {
    await recorder.close();
  }
  return features;
}
