import { log } from '../engine/portable.ts';
import { type RandomSequence, randomSequence, streams } from '../engine/random.ts';
import { SelvedgeError } from '../errors.ts';
import type { Parameter } from './layer.ts';
import type { Network } from './network.ts';

/**
 * The initial values of a kernel with patchWhitening, as many as it has.
 * @param drawn those of 'glorotUniform', which nothing else uses
 */
export type Whitening = (kernel: Parameter, drawn: Float32Array) => Float32Array;

/**
 * A network's initial parameters, float32 in spec order: see `Initializer`. Each parameter draws from a sequence of its own.
 * @throws SelvedgeError 'bad-spec' naming the parameter that needs `whitening`, where it is missing
 */
export function initialParameters(network: Network, seed: number, whitening?: Whitening): Float32Array {
  const values = new Float32Array(network.parameterCount);
  for (const [index, parameter] of network.parameters.entries()) {
    const { initializer, name, offset, size, shape } = parameter;
    const own = values.subarray(offset, offset + size);
    if (initializer.type === 'zeros') continue;
    if (initializer.type === 'ones') {
      own.fill(1);
      continue;
    }
    const { type, fanIn, fanOut } = initializer;
    const random = randomSequence(seed, streams.initialWeights, index);
    if (type === 'heNormal') {
      const next = truncatedNormal(random);
      const deviation = Math.sqrt(2 / fanIn) / truncatedDeviation;
      for (let i = 0; i < size; i++) own[i] = next() * deviation;
      continue;
    }
    const limit = Math.sqrt(6 / (type === 'heUniform' ? fanIn : fanIn + fanOut));
    for (let i = 0; i < size; i++) own[i] = (random.float() * 2 - 1) * limit;
    if (type === 'dirac') setDirac(own, shape);
    if (type === 'patchWhitening') {
      if (!whitening) {
        throw new SelvedgeError(
          'bad-spec',
          `${name} begins with patchWhitening, which follows from training images, and there are none here; train the network, or choose another kernelInitializer.`,
        );
      }
      own.set(whitening(parameter, own.slice()));
    }
  }
  return values;
}

/** For where there are no training images: kernels with patchWhitening are those of a trained model, which often did not change them. */
export function whiteningOf(parameters: Float32Array): Whitening {
  return ({ offset, size }) => parameters.subarray(offset, offset + size);
}

/** The standard deviation of the standard normal distribution cut at ±2. */
const truncatedDeviation = 0.8796256610342398;

/** Standard normal numbers, those beyond ±2 drawn again (Marsaglia's polar method). */
function truncatedNormal(random: RandomSequence): () => number {
  let spare = Number.NaN;
  const normal = () => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    for (;;) {
      const x = random.float() * 2 - 1;
      const y = random.float() * 2 - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
  return () => {
    let value = normal();
    while (value < -2 || value > 2) value = normal();
    return value;
  };
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
