import { noAddress } from '../../../engine/buffers.ts';
import type { Layer, LayerDefinition, LoweringContext } from '../../layer.ts';
import { sizeOf } from '../../shape.ts';
import type { LayerSpec, MaxPooling2dSpec } from '../../spec.ts';
import type { WindowGeometry } from '../../window.ts';
import { poolingGeometry, windowPooling } from './pooling.ts';

/**
 * Forward, backward and reference of the maximum over windows, channel by channel. Ties go to the first in row-major order,
 * NaN wins, and padding never does.
 */
export function maximumOf<S extends LayerSpec>(
  geometryOf: (layer: Layer<S>) => WindowGeometry,
): Pick<LayerDefinition<S>, 'forward' | 'backward' | 'reference'> {
  /** Where each maximum was, uint32. */
  const argmaxIndices = (c: LoweringContext<S>) => c.buffer('argmax', sizeOf(c.layer.outputShape) * 4 * c.microBatch);
  return {
    forward(c) {
      const { x, y } = c;
      const argmax = c.hasBackward ? argmaxIndices(c) : noAddress;
      c.emit('maxPooling2dForward', { x, y, argmax, ...geometryOf(c.layer) }, { units: 'images', chunkSize: 2 });
    },
    backward(c) {
      const { dy, dx } = c;
      if (!dx) return;
      const argmax = argmaxIndices(c);
      c.emit('maxPooling2dBackward', { dy, argmax, dx, ...geometryOf(c.layer) }, { units: 'images', chunkSize: 2 });
    },
    reference({ layer, N, x }) {
      const g = geometryOf(layer);
      const argmax = () =>
        Uint32Array.from({ length: N * g.OH * g.OW * g.C }, (_, i) => {
          const c = i % g.C;
          const ow = Math.floor(i / g.C) % g.OW;
          const oh = Math.floor(i / (g.C * g.OW)) % g.OH;
          const n = Math.floor(i / (g.C * g.OW * g.OH));
          let best = -1;
          for (let r = 0; r < g.R; r++)
            for (let s = 0; s < g.S; s++) {
              const h = oh * g.sy - g.top + r;
              const w = ow * g.sx - g.left + s;
              if (h < 0 || h >= g.H || w < 0 || w >= g.W) continue;
              const at = ((n * g.H + h) * g.W + w) * g.C + c;
              if (best < 0 || x[at]! > x[best]! || Number.isNaN(x[at]!)) best = at;
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
}

/** The largest value of each window, channel by channel. */
export const maxPooling2d: LayerDefinition<MaxPooling2dSpec> = { ...windowPooling, ...maximumOf(poolingGeometry) };
