import type { Layer, LayerDefinition, LoweringContext } from '../layer.ts';
import { size2d } from '../options.ts';
import { pair, sizeOf, windows } from '../shape.ts';
import type { MaxPooling2dSpec } from '../spec.ts';
import { windowGeometry } from '../window.ts';

function windowOf(spec: MaxPooling2dSpec) {
  const size = pair(spec.poolSize ?? 2);
  return { size, strides: pair(spec.strides ?? size) };
}

function geometryOf(layer: Layer<MaxPooling2dSpec>) {
  const { size, strides } = windowOf(layer.spec);
  return windowGeometry(layer, size, strides);
}

/** Where each maximum was, uint32. */
function argmaxIndices(c: LoweringContext<MaxPooling2dSpec>) {
  return c.buffer('argmax', sizeOf(c.layer.outputShape) * 4 * c.microBatch);
}

/** The largest value of each window, channel by channel; windows that would reach past the edge are left out. */
export const maxPooling2d: LayerDefinition<MaxPooling2dSpec> = {
  help: { options: '[`poolSize`: 2 by default; `strides`: `poolSize` by default]', shape: '[H, W, C] → [OH, OW, C]' },
  options: { poolSize: size2d, strides: size2d },
  required: [],
  outputShape(spec, input) {
    const {
      size: [R, S],
      strides: [sy, sx],
    } = windowOf(spec);
    if (input?.length !== 3 || input[0]! < R || input[1]! < S)
      return { needs: `[${R} or more, ${S} or more, channels]` };
    return [windows(input[0]!, R, sy), windows(input[1]!, S, sx), input[2]!];
  },
  traits: (spec) => ({
    identityAtInference: false,
    outputSign: 'asInput',
    receptiveField: { ...windowOf(spec), before: [0, 0] },
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: null,
  }),
  isIdentity: () => false,
  forward(c) {
    const { x, y } = c;
    const argmax = argmaxIndices(c);
    c.emit('maxPooling2dForward', { x, y, argmax, ...geometryOf(c.layer) }, { units: 'images', chunkSize: 2 });
  },
  backward(c) {
    const { dy, dx } = c;
    if (!dx) return;
    const argmax = argmaxIndices(c);
    c.emit('maxPooling2dBackward', { dy, argmax, dx, ...geometryOf(c.layer) }, { units: 'images', chunkSize: 2 });
  },
  /** Ties go to the first in row-major order, and NaN wins. */
  reference({ layer, N, x }) {
    const g = geometryOf(layer);
    const argmax = () =>
      Uint32Array.from({ length: N * g.OH * g.OW * g.C }, (_, i) => {
        const c = i % g.C;
        const ow = Math.floor(i / g.C) % g.OW;
        const oh = Math.floor(i / (g.C * g.OW)) % g.OH;
        const n = Math.floor(i / (g.C * g.OW * g.OH));
        const at = (r: number, s: number) => ((n * g.H + oh * g.sy + r) * g.W + ow * g.sx + s) * g.C + c;
        let best = at(0, 0);
        for (let r = 0; r < g.R; r++)
          for (let s = 0; s < g.S; s++) {
            const v = x[at(r, s)]!;
            if (v > x[best]! || Number.isNaN(v)) best = at(r, s);
          }
        return best;
      });
    return {
      forward: () => Float64Array.from(argmax(), (place) => x[place]!),
      inputGradients(dy) {
        const dx = new Float64Array(x.length);
        for (const [i, place] of argmax().entries()) dx[place]! += dy[i]!;
        return [dx];
      },
    };
  },
};
