import type { LayerDefinition } from '../layer.ts';
import { sizeOf } from '../shape.ts';
import type { Relu6Spec } from '../spec.ts';

/** y = min(max(x, 0), 6), element by element (Krizhevsky 2010); NaN stays NaN. */
export const relu6: LayerDefinition<Relu6Spec> = {
  help: { options: '', shape: 'unchanged' },
  options: {},
  required: [],
  outputShape: (_, input) => input!,
  traits: () => ({
    identityAtInference: false,
    outputSign: 'nonNegative',
    receptiveField: 'samePosition',
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: 'rectifier',
  }),
  isIdentity: () => false,
  forward(c) {
    const { x, y } = c;
    c.emit('relu6Forward', { x, y, size: sizeOf(c.layer.inputShape) }, { units: 'images', chunkSize: 2 });
  },
  backward(c) {
    const { y, dy, dx } = c;
    if (!dx) return;
    c.emit('relu6Backward', { y, dy, dx, size: sizeOf(c.layer.inputShape) }, { units: 'images', chunkSize: 2 });
  },
  reference: ({ x }) => ({
    forward: () => Float64Array.from(x, (v) => Math.min(Math.max(v, 0), 6)),
    inputGradients: (dy) => [Float64Array.from(dy, (g, i) => (x[i]! > 0 && x[i]! < 6 ? g : 0))],
  }),
};
