import type { LayerDefinition } from '../layer.ts';
import { sizeOf } from '../shape.ts';
import type { ReluSpec } from '../spec.ts';

/** y = max(x, 0), element by element; NaN stays NaN. */
export const relu: LayerDefinition<ReluSpec> = {
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
    c.emit('reluForward', { x, y, size: sizeOf(c.layer.inputShape) }, { units: 'images', chunkSize: 2 });
  },
  backward(c) {
    const { y, dy, dx } = c;
    if (!dx) return;
    c.emit('reluBackward', { y, dy, dx, size: sizeOf(c.layer.inputShape) }, { units: 'images', chunkSize: 2 });
  },
  reference: ({ x }) => ({
    forward: () => Float64Array.from(x, (v) => Math.max(v, 0)),
    inputGradients: (dy) => [Float64Array.from(dy, (g, i) => (x[i]! > 0 ? g : 0))],
  }),
};
