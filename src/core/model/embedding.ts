import type { Layer } from '../graph/layer.ts';
import type { Network } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';
import { isDense } from './topology.ts';

/** More features than these would take longer than the out-of-distribution score may. */
const mostFeatures = 256;

/**
 * The layer whose output the out-of-distribution score is computed from: the input of the last dense layer, or, where no layer
 * with weights precedes it or it has more than 256 values, the input of the last layer. Undefined where neither will do.
 */
export function featureLayer(network: Network): Layer | undefined {
  const { layers } = network;
  return [layers.findLast(isDense), layers.at(-1)]
    .flatMap((reader) => (reader ? reader.inputs : []))
    .find(
      (layer) =>
        layers.slice(0, layers.indexOf(layer) + 1).some(({ parameters }) => parameters.length > 0) &&
        sizeOf(layer.outputShape) <= mostFeatures,
    );
}
