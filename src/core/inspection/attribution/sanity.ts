import { randomSequence, streams } from '../../engine/random.ts';
import { initialParameters } from '../../graph/initialise.ts';
import type { Network } from '../../graph/network.ts';

/** A network whose layers from the last down to this one have random weights. */
export interface CascadeLevel {
  readonly downTo: string;
  readonly parameters: Float32Array;
}

/** A sequence number that no other draw of an inspection uses. */
const draw = 0x5a17;

/**
 * Cascading randomisation (Adebayo et al., "Sanity checks for saliency maps", 2018, section 4.1): layer after layer, from
 * the last with parameters to the first, is reinitialised and stays so at the following levels.
 */
export function cascade(network: Network, parameters: Float32Array, seed: number): CascadeLevel[] {
  // Not the seed itself: a network trained with it would get its own initial weights, with which it still correlates.
  const random = initialParameters(
    network,
    randomSequence(seed, streams.inspection, draw).uint32(),
    (_, drawn) => drawn,
  );
  const values = parameters.slice();
  return network.layers
    .filter((layer) => layer.parameters.length > 0)
    .reverse()
    .map((layer) => {
      for (const { offset, size } of layer.parameters) values.set(random.subarray(offset, offset + size), offset);
      return { downTo: layer.name, parameters: values.slice() };
    });
}
