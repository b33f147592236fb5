import { type Float, float } from '../../engine/buffers.ts';
import type { ForwardContext, LayerDefinition } from '../layer.ts';
import { formatShape, sizeOf } from '../shape.ts';
import type { AddSpec, LayerSpec } from '../spec.ts';

/** Adds the forward calls; the sum is `low` at least. */
export function lowerSum({ xs, y, layer, emit }: ForwardContext<LayerSpec>, low: Float): void {
  const size = sizeOf(layer.outputShape);
  const [first, ...others] = xs;
  let a = first!;
  for (const [i, b] of others.entries()) {
    const limit = i === others.length - 1 ? low : float(Number.NEGATIVE_INFINITY);
    emit('addForward', { a, b, y, size, low: limit }, { units: 'images', chunkSize: 2 });
    a = y;
  }
}

/** The sum of two layers' outputs or more, element by element. */
export const add: LayerDefinition<AddSpec> = {
  help: { options: '`inputs`: two names or more', shape: 'that of every input' },
  options: {},
  required: [],
  joins: true,
  outputShape(_, ...inputs) {
    const first = inputs[0]!;
    const isSame = inputs.every((shape) => formatShape(shape) === formatShape(first));
    return isSame ? first : { needs: `${formatShape(first)} each` };
  },
  traits: () => ({
    identityAtInference: false,
    outputSign: 'asInput',
    receptiveField: 'samePosition',
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: null,
  }),
  isIdentity: () => false,
  forward: (c) => lowerSum(c as unknown as ForwardContext<LayerSpec>, float(Number.NEGATIVE_INFINITY)),
  sharedGradient: ({ dy }) => dy,
  reference: ({ xs }) => ({
    forward: () => Float64Array.from(xs[0]!, (_, i) => xs.reduce((sum, x) => sum + x[i]!, 0)),
    inputGradients: (dy) => xs.map(() => Float64Array.from(dy)),
  }),
};
