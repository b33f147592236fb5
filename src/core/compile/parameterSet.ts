import { type Buffer, persistentBuffer } from '../engine/buffers.ts';
import type { KernelCall } from '../engine/kernelCall.ts';
import type { Network } from '../graph/network.ts';

/** One set of a network's parameters in the engine's memory; several compiled networks can use it. */
export interface ParameterSet {
  /** float32, in the network's order. */
  readonly values: Buffer;
  readonly gradients: Buffer;
  /** What is computed from the weights (packed panels), by layer and name. */
  readonly packed: Map<string, Buffer>;
  /** The calls that compute it, for when the values have changed; complete when all networks are compiled. */
  readonly pack: KernelCall[];
}

export function parameterSet(network: Network): ParameterSet {
  const bytes = network.parameterCount * 4;
  return {
    values: persistentBuffer('the parameters', bytes),
    gradients: persistentBuffer('the gradients', bytes),
    packed: new Map(),
    pack: [],
  };
}
