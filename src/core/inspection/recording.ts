import { createRecorder } from '../compile/recorder.ts';
import { preprocess } from '../data/preprocessing.ts';
import { imageCount, sizeOf } from '../graph/shape.ts';
import { argmax } from '../training/metrics.ts';
import type { RecordedActivations } from './record.ts';
import { depthOf, type InspectionTarget, namesOf } from './target.ts';

/** Images per pass. */
const batch = 16;

/** The trained network's outputs for one image. */
export interface RecordedImage {
  /** [Y] */
  readonly probabilities: Float32Array;
  /** The most probable class; of equals, the first. */
  readonly predicted: number;
  readonly activations: RecordedActivations;
}

/**
 * All activations of the trained network for a few images, input included.
 * @param pictures 8-bit [N, H, W, C]
 * @throws SelvedgeError 'bad-image' where the values are not whole pictures
 */
export async function recordImages(target: InspectionTarget, pictures: Uint8Array): Promise<RecordedImage[]> {
  const { network, parameters, preprocessing, engine, threads, layers } = target;
  const size = sizeOf(network.inputShape);
  const depth = depthOf(network, layers);
  const count = imageCount(pictures, network.inputShape);
  const images = Math.min(batch, count);
  if (count === 0) return [];
  const recorder = await createRecorder({ network, parameters, engine, threads, images, outputs: namesOf(depth) });
  const recorded: RecordedImage[] = [];
  try {
    for (let from = 0; from < count; from += images) {
      const part = pictures.subarray(from * size, (from + images) * size);
      await recorder.forward(preprocess(preprocessing, part));
      const outputs = depth.map(({ layer }) => [layer.name, recorder.activation(layer.name)] as const);
      const rows = (values: Float32Array, n: number) => {
        const width = (values.length * size) / part.length;
        return values.slice(n * width, (n + 1) * width);
      };
      const last = recorder.activation(network.output.name);
      for (let n = 0; n * size < part.length; n++) {
        const probabilities = rows(last, n);
        recorded.push({
          probabilities,
          predicted: argmax(probabilities),
          activations: { layers: new Map(outputs.map(([name, values]) => [name, rows(values, n)])) },
        });
      }
    }
  } finally {
    await recorder.close();
  }
  return recorded;
}
