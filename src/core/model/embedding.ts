import type { Network } from '../graph/graph.ts';
import type { Layer } from '../graph/layer.ts';
import { sizeOf } from '../graph/shape.ts';

/** More features than these would take longer than familiarity may. */
const mostFeatures = 256;

/**
 * The layer by whose output familiarity is judged: the one before the last dense layer, or, where that has learnt nothing or has
 * more than 256 outputs, the one before softmax. Undefined where no layer learns.
 */
export function featureLayer({ layers }: Network): Layer | undefined {
  const learns = (end: number) => end > 0 && layers.slice(0, end + 1).some(({ parameters }) => parameters.length > 0);
  const before = layers.findLastIndex(({ spec }) => spec.type === 'dense') - 1;
  if (learns(before) && sizeOf(layers[before]!.outputShape) <= mostFeatures) return layers[before];
  const logits = layers.length - 2;
  return learns(logits) && sizeOf(layers[logits]!.outputShape) <= mostFeatures ? layers[logits] : undefined;
}
