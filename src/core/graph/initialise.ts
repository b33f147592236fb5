import { randomSequence, streams } from '../engine/random.ts';
import type { Network } from './network.ts';

/**
 * A network's initial parameters, float32 in spec order: as each layer defines them. Each parameter draws from a
 * sequence of its own.
 */
export function initialParameters(network: Network, seed: number): Float32Array {
  const values = new Float32Array(network.parameterCount);
  for (const [index, { initializer, offset, size }] of network.parameters.entries()) {
    if (initializer.type === 'zeros') continue;
    if (initializer.type === 'ones') {
      values.fill(1, offset, offset + size);
      continue;
    }
    const limit = Math.sqrt(6 / (initializer.fanIn + initializer.fanOut));
    const random = randomSequence(seed, streams.initialWeights, index);
    for (let i = offset; i < offset + size; i++) values[i] = (random.float() * 2 - 1) * limit;
  }
  return values;
}
