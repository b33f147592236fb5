import type { Layer } from '../graph/layer.ts';
import type { Network } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';
import { hasWeights, lastDense } from './topology.ts';

/** More features than these would take longer than the out-of-distribution score may. */
const mostFeatures = 256;

/** The output of a layer for some images. */
export interface LayerFeatures {
  readonly layer: string;
  /** [N, D] */
  readonly values: ArrayLike<number>;
}

/**
 * The layer whose output the out-of-distribution score is computed from: the input of the last dense layer, or, where no layer
 * with weights precedes it or it has more than 256 values, the input of the last layer. Undefined where neither will do.
 */
export function featureLayer(network: Network): Layer | undefined {
  return [lastDense(network), network.output]
    .flatMap((reader) => (reader ? reader.inputs : []))
    .find((layer) => hasWeights(layer) && sizeOf(layer.outputShape) <= mostFeatures);
}
