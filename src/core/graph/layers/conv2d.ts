import type { LayerContext, LayerDefinition } from '../layer.ts';
import { activation, positiveInteger, size2d } from '../options.ts';
import { pair, windows } from '../shape.ts';
import type { Conv2dSpec } from '../spec.ts';

/** Everything about a convolution's sizes, in the shape alphabet of the house. */
function geometry({ layer }: LayerContext<Conv2dSpec>) {
  const [H, W, C] = layer.inputShape as [number, number, number];
  const [OH, OW, K] = layer.outputShape as [number, number, number];
  const [R, S] = pair(layer.spec.kernelSize);
  const [sy, sx] = pair(layer.spec.strides ?? 1);
  return { D: R * S * C, K, positions: OH * OW, args: [H, W, C, K, R, S, sy, sx, OH, OW] };
}

/** Two-dimensional convolution without padding: [H, W, C] → [OH, OW, K], kernel [R, S, C, K], bias [K]. */
export const conv2d: LayerDefinition<Conv2dSpec> = {
  options: { filters: positiveInteger, kernelSize: size2d, strides: size2d, activation },
  required: ['filters', 'kernelSize'],
  outputShape(spec, input) {
    const [R, S] = pair(spec.kernelSize);
    const [sy, sx] = pair(spec.strides ?? 1);
    if (input.length !== 3 || input[0]! < R || input[1]! < S)
      return { needs: `[${R} or more, ${S} or more, channels]` };
    return [windows(input[0]!, R, sy), windows(input[1]!, S, sx), spec.filters];
  },
  parameters(spec, input) {
    const [R, S] = pair(spec.kernelSize);
    const C = input[2]!;
    const K = spec.filters;
    return [
      { name: 'kernel', shape: [R, S, C, K], initial: { type: 'glorotUniform', fanIn: R * S * C, fanOut: R * S * K } },
      { name: 'bias', shape: [K], initial: { type: 'zeros' } },
    ];
  },
  traits: (spec) => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: { size: pair(spec.kernelSize), strides: pair(spec.strides ?? 1), before: [0, 0] },
    mixesChannels: true,
    keepsZeros: false,
    hasFeatureMaps: true,
    activation: null,
  }),
  multiplyAdds(spec, input, output) {
    const [R, S] = pair(spec.kernelSize);
    return R * S * input[2]! * output[0]! * output[1]! * output[2]!;
  },
  passesThrough: () => false,
  forward(c) {
    const { D, K, args } = geometry(c);
    const kernel = c.parameter('kernel');
    const panels = c.derived('columns', Math.ceil(K / 8) * D * 8 * 4, (to) => [
      { kernel: 'packColumns', args: [kernel, to, D, K], units: Math.ceil(K / 8), grain: 1 },
    ]);
    c.emit({
      kernel: 'conv2dForward',
      args: [c.x, panels, c.parameter('bias'), c.y, ...args],
      units: 'images',
      grain: 1,
    });
  },
  backward(c) {
    const { D, K, positions, args } = geometry(c);
    if (c.parameterGradients) {
      const blocks = Math.ceil(K / 8);
      const drows = c.fixedBuffer('drows', K * D * 4);
      const lists = c.fixedBuffer('lists', blocks * (8 * positions * 8 + 32));
      c.before({ kernel: 'zeroFill', args: [drows], units: K * D, grain: 4096 });
      c.emit({
        kernel: 'conv2dBackwardWeights',
        args: [c.x, c.dy, drows, c.gradient('bias'), lists, ...args],
        units: blocks,
        grain: 1,
      });
      c.after({ kernel: 'transpose', args: [drows, c.gradient('kernel'), K, D], units: D, grain: 64 });
    }
    if (!c.dx) return;
    const kernel = c.parameter('kernel');
    const rows = c.derived('rows', K * D * 4, (to) => [
      { kernel: 'transpose', args: [kernel, to, D, K], units: K, grain: 16 },
    ]);
    c.emit({ kernel: 'conv2dBackwardInput', args: [c.dy, rows, c.dx, ...args], units: 'images', grain: 1 });
  },
};
