import type { Passes } from './passes.ts';
import { pictureOf, sumChannels } from './places.ts';

/**
 * ∂F ÷ ∂x, signed, F the target's score: its sensitivity to a small change of each pixel (Simonyan et al., "Deep inside
 * convolutional networks", 2013, who show its size). Not multiplied by the input.
 * @param x [N, …inputShape]
 * @returns N times [H, W], input channels summed
 */
export async function gradient(
  passes: Passes,
  x: Float32Array,
  targetClasses: readonly number[],
): Promise<Float64Array[]> {
  const { network } = passes;
  const maps = await passes.backward(x, targetClasses, (batch) =>
    sumChannels(batch.gradient(network.layers[0]!.name), pictureOf(network)),
  );
  return maps.flat();
}
