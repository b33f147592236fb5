import type { Layer, LayerDefinition } from '../../layer.ts';
import type { AveragePooling2dSpec, LayerSpec } from '../../spec.ts';
import type { WindowGeometry } from '../../window.ts';
import { poolingGeometry, windowPooling } from './pooling.ts';

/** Forward, backward and reference of the mean over windows, channel by channel. Padding does not count. */
export function meanOf<S extends LayerSpec>(
  geometryOf: (layer: Layer<S>) => WindowGeometry,
): Pick<LayerDefinition<S>, 'forward' | 'backward' | 'reference'> {
  return {
    forward({ x, y, layer, emit }) {
      emit('averagePooling2dForward', { x, y, ...geometryOf(layer) }, { units: 'images', chunkSize: 2 });
    },
    backward({ dy, dx, layer, scratch, emit }) {
      if (!dx) return;
      const g = geometryOf(layer);
      scratch((g.C + 4) * 4);
      emit('averagePooling2dBackward', { dy, dx, ...g }, { units: 'images', chunkSize: 2 });
    },
    reference({ layer, N, x }) {
      const g = geometryOf(layer);
      /** The places in x that the output at place i is the mean of. */
      const inputsOf = (i: number) => {
        const c = i % g.C;
        const ow = Math.floor(i / g.C) % g.OW;
        const oh = Math.floor(i / (g.C * g.OW)) % g.OH;
        const n = Math.floor(i / (g.C * g.OW * g.OH));
        const places: number[] = [];
        for (let r = 0; r < g.R; r++)
          for (let s = 0; s < g.S; s++) {
            const h = oh * g.sy - g.top + r;
            const w = ow * g.sx - g.left + s;
            if (h >= 0 && h < g.H && w >= 0 && w < g.W) places.push(((n * g.H + h) * g.W + w) * g.C + c);
          }
        return places;
      };
      return {
        forward: () =>
          Float64Array.from({ length: N * g.OH * g.OW * g.C }, (_, i) => {
            const places = inputsOf(i);
            return places.reduce((sum, place) => sum + x[place]!, 0) / places.length;
          }),
        inputGradients(dy) {
          const dx = new Float64Array(x.length);
          for (let i = 0; i < dy.length; i++) {
            const places = inputsOf(i);
            for (const place of places) dx[place]! += dy[i]! / places.length;
          }
          return [dx];
        },
      };
    },
  };
}

/** The mean of each window, channel by channel. */
export const averagePooling2d: LayerDefinition<AveragePooling2dSpec> = { ...windowPooling, ...meanOf(poolingGeometry) };
