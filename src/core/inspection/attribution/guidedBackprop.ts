import { traitsOf } from '../../graph/layers/index.ts';
import { modifiedBackward } from './modifiedBackward.ts';
import { oneHot, type Passes } from './passes.ts';
import { pictureOf, sumChannels } from './places.ts';

/**
 * The gradient, but each ReLU passes back positive gradients only (Springenberg et al., "Striving for simplicity: the all
 * convolutional net", 2015). It emphasises the image's edges rather than explaining the prediction: it hardly changes with
 * the class or with the upper layers' weights (Adebayo et al., "Sanity checks for saliency maps", 2018).
 * @param parameters float32 in spec order
 * @param x [N, …inputShape]
 * @returns N times [H, W], input channels summed
 */
export async function guidedBackprop(
  passes: Passes,
  parameters: Float32Array,
  x: Float32Array,
  targetClasses: readonly number[],
): Promise<Float64Array[]> {
  const { network } = passes;
  const maps = await passes.forward(x, ({ from, count, scores, activation }) => {
    const dy = oneHot(targetClasses.slice(from, from + count), scores.length / count);
    const arrived = modifiedBackward(network, parameters, activation, dy, ({ spec }, _, gradient) =>
      traitsOf(spec).activation === 'rectifier' ? gradient.map((g) => Math.max(g, 0)) : gradient,
    );
    return sumChannels(arrived, pictureOf(network));
  });
  return maps.flat();
}
