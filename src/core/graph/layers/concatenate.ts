import { at } from '../../engine/buffers.ts';
import type { Layer, LayerDefinition } from '../layer.ts';
import { formatShape, sizeOf } from '../shape.ts';
import type { ConcatenateSpec } from '../spec.ts';

/** How many channels each input has, and how many channels of others come before them. */
function places({ inputs }: Layer<ConcatenateSpec>): readonly { readonly channels: number; readonly before: number }[] {
  let before = 0;
  return inputs.map(({ outputShape }) => {
    const channels = outputShape.at(-1)!;
    before += channels;
    return { channels, before: before - channels };
  });
}

/** The channels of two layers or more, one layer's behind another's: along the last axis, in the order of `inputs`. */
export const concatenate: LayerDefinition<ConcatenateSpec> = {
  help: {
    options: '`inputs`: two names or more',
    shape: '[H, W, C₁], [H, W, C₂], … → [H, W, C₁ + C₂ + …], or [D₁ + D₂ + …]',
  },
  options: {},
  required: [],
  joins: true,
  outputShape(_, ...inputs) {
    const others = inputs[0]!.slice(0, -1);
    const fits = inputs.every((shape) => formatShape(shape.slice(0, -1)) === formatShape(others));
    if (!fits) return { needs: `[${[...others, others.length > 0 ? 'channels' : 'features'].join(', ')}] each` };
    return [...others, inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
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
    const to = layer.outputShape.at(-1)!;
    const positions = sizeOf(layer.outputShape) / to;
    for (const [i, { channels, before }] of places(layer).entries()) {
      const sizes = { positions, channels, from: channels, to };
      emit('copyChannels', { x: xs[i]!, y: at(y, before * 4), ...sizes }, { units: 'images', chunkSize: 2 });
    }
  },
  backward({ dy, dxs, layer, emit }) {
    const from = layer.outputShape.at(-1)!;
    const positions = sizeOf(layer.outputShape) / from;
    for (const [i, { channels, before }] of places(layer).entries()) {
      const dx = dxs[i];
      const sizes = { positions, channels, from, to: channels };
      if (dx) emit('copyChannels', { x: at(dy, before * 4), y: dx, ...sizes }, { units: 'images', chunkSize: 2 });
    }
  },
  reference({ layer, xs }) {
    const C = layer.outputShape.at(-1)!;
    return {
      forward() {
        const total = xs.reduce((sum, x) => sum + x.length, 0);
        const y = new Float64Array(total);
        for (const [k, { channels, before }] of places(layer).entries())
          for (let i = 0; i < xs[k]!.length; i++)
            y[Math.floor(i / channels) * C + before + (i % channels)] = xs[k]![i]!;
        return y;
      },
      inputGradients: (dy) =>
        places(layer).map(({ channels, before }, k) =>
          Float64Array.from(xs[k]!, (_, i) => dy[Math.floor(i / channels) * C + before + (i % channels)]!),
        ),
    };
  },
};
