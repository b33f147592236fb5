import type { Layer, Numbers } from '../../graph/layer.ts';
import type { Network } from '../../graph/network.ts';
import { referenceLayer } from '../../graph/reference.ts';

/**
 * A backward pass with a modified rule: float64, layer by layer, down to the input.
 * @param activation a layer's output, [N, …outputShape]
 * @param dy the last layer's gradient
 * @param adjust the gradient of a layer's output y before the layer's backward pass
 * @returns the result at the input, [N, …inputShape]
 */
export function modifiedBackward(
  { execution, output }: Network,
  parameters: Float32Array,
  activation: (layer: string) => Numbers,
  dy: Numbers,
  adjust: (layer: Layer, y: Numbers, dy: Float64Array) => Float64Array,
): Float64Array {
  const gradients = new Map<Layer, Float64Array>([[output, Float64Array.from(dy)]]);
  for (const layer of [...execution].reverse()) {
    if (layer.inputs.length === 0) continue;
    const own = layer.parameters.map(({ offset, size }) => parameters.subarray(offset, offset + size));
    const adjusted = adjust(layer, activation(layer.name), gradients.get(layer)!);
    const xs = layer.inputs.map(({ name }) => activation(name));
    for (const [i, dx] of referenceLayer(layer, xs, own).inputGradients(adjusted).entries()) {
      const sum = gradients.get(layer.inputs[i]!);
      gradients.set(layer.inputs[i]!, sum ? sum.map((value, at) => value + dx[at]!) : dx);
    }
  }
  return gradients.get(execution[0]!)!;
}
