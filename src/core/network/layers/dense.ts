import type { LayerDefinition } from '../layer.ts';
import { activation, positiveInteger } from '../options.ts';
import type { DenseSpec } from '../spec.ts';

/** What `denseForward` takes for ReLU and dropout where there is neither. */
const linear = [0, 0, 1, 0];

/** Every output is a weighted sum of all inputs: [D] → [K], kernel [D, K], bias [K]. */
export const dense: LayerDefinition<DenseSpec> = {
  options: { units: positiveInteger, activation },
  required: ['units'],
  outputShape: (spec, input) =>
    input.length === 1 ? [spec.units] : { needs: '[features] (put a flatten layer before it)' },
  parameters(spec, input) {
    const D = input[0]!;
    const K = spec.units;
    return [
      { name: 'kernel', shape: [D, K], initial: { type: 'glorotUniform', fanIn: D, fanOut: K } },
      { name: 'bias', shape: [K], initial: { type: 'zeros' } },
    ];
  },
  multiplyAdds: (spec, input) => input[0]! * spec.units,
  passesThrough: () => false,
  forward(c) {
    const D = c.layer.inputShape[0]!;
    const K = c.layer.spec.units;
    const units = Math.ceil(K / 8);
    const kernel = c.parameter('kernel');
    const panels = c.derived('columns', units * D * 8 * 4, (to) => [
      { kernel: 'packColumns', args: [kernel, to, D, K], units, grain: 1 },
    ]);
    c.emit({ kernel: 'denseForward', args: [c.x, panels, c.parameter('bias'), c.y, D, K, ...linear], units, grain: 1 });
  },
  backward(c) {
    const D = c.layer.inputShape[0]!;
    const K = c.layer.spec.units;
    c.emit({
      kernel: 'denseBackwardWeights',
      args: [c.x, c.dy, c.gradient('kernel'), D, K],
      units: Math.ceil(D / 4),
      grain: 16,
    });
    c.emit({ kernel: 'biasGradient', args: [c.dy, c.gradient('bias'), K], units: K, grain: K });
    if (!c.dx) return;
    const kernel = c.parameter('kernel');
    const units = Math.ceil(D / 8);
    const panels = c.derived('rows', units * K * 8 * 4, (to) => [
      { kernel: 'packRows', args: [kernel, to, D, K], units, grain: 8 },
    ]);
    c.emit({ kernel: 'denseForward', args: [c.dy, panels, 0, c.dx, K, D, ...linear], units, grain: 8 });
  },
};
