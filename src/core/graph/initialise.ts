import { randomSequence, streams } from '../engine/random.ts';
import type { Parameter } from './layer.ts';
import type { Network } from './network.ts';

/**
 * A network's initial parameters, float32 in spec order: see `Initializer`. Each parameter draws from a sequence of its own.
 */
export function initialParameters(network: Network, seed: number): Float32Array {
  const values = new Float32Array(network.parameterCount);
  for (const [index, { initializer, offset, size, shape }] of network.parameters.entries()) {
    const own = values.subarray(offset, offset + size);
    if (initializer.type === 'zeros') continue;
    if (initializer.type === 'ones') {
      own.fill(1);
      continue;
    }
    const { type, fanIn, fanOut } = initializer;
    const limit = Math.sqrt(6 / (type === 'heUniform' ? fanIn : fanIn + fanOut));
    const random = randomSequence(seed, streams.initialWeights, index);
    for (let i = 0; i < size; i++) own[i] = (random.float() * 2 - 1) * limit;
    if (type === 'dirac') setDirac(own, shape);
  }
  return values;
}

/** Filter k of a kernel [R, S, C, K] passes on channel k in the window's middle; of [D, K], output k is input k. */
function setDirac(kernel: Float32Array, shape: Parameter['shape']): void {
  const [C, K] = shape.slice(-2) as [number, number];
  const [R, S] = shape.length === 4 ? (shape as [number, number]) : [1, 1];
  const middle = Math.floor(R / 2) * S + Math.floor(S / 2);
  for (let k = 0; k < Math.min(C, K); k++) {
    for (let i = k; i < kernel.length; i += K) kernel[i] = 0;
    kernel[(middle * C + k) * K + k] = 1;
  }
}
