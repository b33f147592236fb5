import type { LayerDefinition } from '../layer.ts';
import type { SoftmaxSpec } from '../spec.ts';

/** y = eˣ ÷ Σ eˣ: scores become probabilities. */
export const softmax: LayerDefinition<SoftmaxSpec> = {
  options: {},
  required: [],
  outputShape: (_, input) => (input.length === 1 ? input : { needs: '[classes] (put a flatten layer before it)' }),
  traits: () => ({
    identityAtInference: false,
    outputSign: 'nonNegative',
    receptiveField: 'everything',
    mixesChannels: true,
    keepsZeros: false,
    hasFeatureMaps: false,
    activation: 'probabilities',
  }),
  passesThrough: () => false,
  forward(c) {
    c.emit({ kernel: 'softmaxForward', args: [c.x, c.y, c.layer.inputShape[0]!], units: 'images', grain: 16 });
  },
  backward(c) {
    if (!c.dx) return;
    c.emit({ kernel: 'softmaxBackward', args: [c.y, c.dy, c.dx, c.layer.inputShape[0]!], units: 'images', grain: 16 });
  },
};
