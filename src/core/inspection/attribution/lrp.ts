import { modifiedBackward } from './modifiedBackward.ts';
import { oneHot, type Passes } from './passes.ts';
import { pictureOf, sumChannels } from './places.ts';

export interface RelevanceMap {
  /** [H, W], input channels summed. */
  readonly values: Float64Array;
  /** Relevance that was not conserved, as biases and ε absorb some: Σ relevance − F(x). */
  readonly delta: number;
}

/**
 * Layer-wise relevance propagation with the ε rule: R(x) = x · Wᵀ(R(z) ÷ (z + ε · sign z)) at layers z = Wx + b; ReLU passes
 * relevance on, max pooling assigns it to the maximum (Bach et al., "On pixel-wise explanations for non-linear classifier
 * decisions by layer-wise relevance propagation", 2015, eq. 58). With ε = 0 it is gradient · input (Ancona et al., "Towards
 * better understanding of gradient-based attribution methods", 2018).
 * @param parameters float32 in spec order
 * @param x [N, …inputShape]
 */
export async function lrp(
  passes: Passes,
  parameters: Float32Array,
  x: Float32Array,
  targetClasses: readonly number[],
  { epsilon = 0.01 }: { readonly epsilon?: number } = {},
): Promise<RelevanceMap[]> {
  const { network } = passes;
  const input = network.layers[0]!.name;
  const maps = await passes.forward(x, ({ from, count, scores, activation }) => {
    const Y = scores.length / count;
    const chosen = targetClasses.slice(from, from + count);
    // R ÷ y is propagated back, so that ReLU, padding and pooling treat it as a gradient.
    const ratio = modifiedBackward(network, parameters, activation, oneHot(chosen, Y), (layer, y, gradient) =>
      layer.parameters.length === 0 ? gradient : gradient.map((g, i) => g * damped(y[i]!, epsilon)),
    );
    const pixels = activation(input);
    const relevance = sumChannels(
      ratio.map((value, i) => value * pixels[i]!),
      pictureOf(network),
    );
    return relevance.map((values, n) => {
      const score = scores[n * Y + chosen[n]!]!;
      return { values, delta: values.reduce((sum, value) => sum + value, 0) - score };
    });
  });
  return maps.flat();
}

/** z ÷ (z + ε · sign z) */
function damped(z: number, epsilon: number): number {
  return z === 0 ? 0 : z / (z + epsilon * Math.sign(z));
}
