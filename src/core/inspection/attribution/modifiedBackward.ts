import type { Network } from '../../graph/graph.ts';
import type { Layer } from '../../graph/layer.ts';
import type { Numbers } from '../../graph/reference/numbers.ts';
import { inputGradient } from '../../graph/reference.ts';
import { inputsOf } from '../../model/topology.ts';

/**
 * A backward pass with a modified rule: float64, layer by layer, down to the input.
 * @param activation a layer's output, [N, …outputShape]
 * @param dy the last layer's gradient
 * @param adjust the gradient of a layer's output y before the layer's backward pass
 * @returns the result at the input, [N, …inputShape]
 */
export function modifiedBackward(
  network: Network,
  parameters: Float32Array,
  activation: (layer: string) => Numbers,
  dy: Numbers,
  adjust: (layer: Layer, y: Numbers, dy: Float64Array) => Float64Array,
): Float64Array {
  let gradient: Float64Array = Float64Array.from(dy);
  for (const layer of network.layers.slice(1).reverse()) {
    const own = layer.parameters.map(({ offset, size }) => parameters.subarray(offset, offset + size));
    const adjusted = adjust(layer, activation(layer.name), gradient);
    gradient = inputGradient(layer, activation(inputsOf(network, layer)[0]!.name), own, adjusted);
  }
  return gradient;
}
