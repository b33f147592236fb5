import type { LayerDefinition } from '../layer.ts';
import { formatShape, sizeOf } from '../shape.ts';
import type { AddSpec } from '../spec.ts';

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
  forward({ xs, y, layer, emit }) {
    const size = sizeOf(layer.outputShape);
    const [first, ...others] = xs;
    let a = first!;
    for (const b of others) {
      emit('addForward', { a, b, y, size }, { units: 'images', chunkSize: 2 });
      a = y;
    }
  },
  backward({ dy, dxs, layer, emit }) {
    const size = sizeOf(layer.outputShape);
    for (const dx of dxs) if (dx) emit('copyRows', { x: dy, y: dx, size }, { units: 'images', chunkSize: 2 });
  },
  reference: ({ xs }) => ({
    forward: () => Float64Array.from(xs[0]!, (_, i) => xs.reduce((sum, x) => sum + x[i]!, 0)),
    inputGradients: (dy) => xs.map(() => Float64Array.from(dy)),
  }),
};
