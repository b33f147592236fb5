import type { LayerDefinition } from '../layer.ts';
import { sizeOf } from '../shape.ts';
import type { ReluSpec } from '../spec.ts';

/** y = max(x, 0), element by element. */
export const relu: LayerDefinition<ReluSpec> = {
  options: {},
  required: [],
  outputShape: (_, input) => input,
  traits: () => ({
    identityAtInference: false,
    outputSign: 'nonNegative',
    receptiveField: 'samePosition',
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: 'rectifier',
  }),
  passesThrough: () => false,
  forward(c) {
    c.emit({ kernel: 'reluForward', args: [c.x, c.y, sizeOf(c.layer.inputShape)], units: 'images', grain: 2 });
  },
  backward(c) {
    if (!c.dx) return;
    c.emit({ kernel: 'reluBackward', args: [c.y, c.dy, c.dx, sizeOf(c.layer.inputShape)], units: 'images', grain: 2 });
  },
};
