import type { LayerContext, LayerDefinition } from '../layer.ts';
import { size2d } from '../options.ts';
import { pair, sizeOf, windows } from '../shape.ts';
import type { MaxPooling2dSpec } from '../spec.ts';

function windowOf(spec: MaxPooling2dSpec) {
  const [R, S] = pair(spec.poolSize ?? 2);
  const [sy, sx] = pair(spec.strides ?? [R, S]);
  return { R, S, sy, sx };
}

function winners(c: LayerContext<MaxPooling2dSpec>): number {
  return c.buffer('winners', sizeOf(c.layer.outputShape) * 4);
}

/** The largest value of each window, channel by channel; windows that would reach past the edge are left out. */
export const maxPooling2d: LayerDefinition<MaxPooling2dSpec> = {
  options: { poolSize: size2d, strides: size2d },
  required: [],
  outputShape(spec, input) {
    const { R, S, sy, sx } = windowOf(spec);
    if (input.length !== 3 || input[0]! < R || input[1]! < S)
      return { needs: `[${R} or more, ${S} or more, channels]` };
    return [windows(input[0]!, R, sy), windows(input[1]!, S, sx), input[2]!];
  },
  traits(spec) {
    const { R, S, sy, sx } = windowOf(spec);
    return {
      identityAtInference: false,
      outputSign: 'asInput',
      receptiveField: { size: [R, S], strides: [sy, sx], before: [0, 0] },
      mixesChannels: false,
      keepsZeros: true,
      hasFeatureMaps: false,
      activation: null,
    };
  },
  passesThrough: () => false,
  forward(c) {
    const { R, S, sy, sx } = windowOf(c.layer.spec);
    const [OH, OW] = c.layer.outputShape as [number, number, number];
    c.emit({
      kernel: 'maxPooling2dForward',
      args: [c.x, c.y, winners(c), ...c.layer.inputShape, R, S, sy, sx, OH, OW],
      units: 'images',
      grain: 2,
    });
  },
  backward(c) {
    if (!c.dx) return;
    const { sy, sx } = windowOf(c.layer.spec);
    const [OH, OW] = c.layer.outputShape as [number, number, number];
    c.emit({
      kernel: 'maxPooling2dBackward',
      args: [c.dy, winners(c), c.dx, ...c.layer.inputShape, sy, sx, OH, OW],
      units: 'images',
      grain: 2,
    });
  },
};
