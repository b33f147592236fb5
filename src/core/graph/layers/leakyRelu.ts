import { float } from '../../engine/buffers.ts';
import type { Layer, LayerDefinition } from '../layer.ts';
import { sizeOf } from '../shape.ts';
import type { LeakyReluSpec } from '../spec.ts';

/** Keras' default. */
const defaultSlope = 0.3;

export function negativeSlopeOf({ negativeSlope = defaultSlope }: LeakyReluSpec): number {
  return negativeSlope;
}

function argumentsOf({ spec, inputShape }: Layer<LeakyReluSpec>) {
  return { slope: float(negativeSlopeOf(spec)), size: sizeOf(inputShape) };
}

/** y = x where x > 0, else negativeSlope · x (Maas et al. 2013). */
export const leakyRelu: LayerDefinition<LeakyReluSpec> = {
  help: { options: '[`negativeSlope`: from 0; 0.3 by default]', shape: 'unchanged' },
  options: {
    negativeSlope: (value) => (Number.isFinite(value) && (value as number) >= 0 ? null : 'a number from 0 up'),
  },
  required: [],
  outputShape: (_, input) => input!,
  traits: () => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: 'samePosition',
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: null,
  }),
  isIdentity: () => false,
  forward(c) {
    const { x, y } = c;
    c.emit('leakyReluForward', { x, y, ...argumentsOf(c.layer) }, { units: 'images', chunkSize: 2 });
  },
  backward(c) {
    const { x, dy, dx } = c;
    if (!dx) return;
    c.emit('leakyReluBackward', { x, dy, dx, ...argumentsOf(c.layer) }, { units: 'images', chunkSize: 2 });
  },
  reference({ layer, x }) {
    // The kernel's slope is a float32.
    const slope = Math.fround(argumentsOf(layer).slope);
    return {
      forward: () => Float64Array.from(x, (v) => (v > 0 ? v : v * slope)),
      inputGradients: (dy) => [Float64Array.from(dy, (g, i) => (x[i]! > 0 ? g : g * slope))],
    };
  },
};
