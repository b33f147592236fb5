import type { Numbers, WindowGeometry } from './numbers.ts';

/**
 * y[n, oh, ow, c] = the window's maximum; ties go to the first in row-major order, and NaN wins. `winners` holds each
 * maximum's place in x.
 */
export function maxPooling2dForward(x: Numbers, g: WindowGeometry) {
  const y = new Float64Array(g.N * g.OH * g.OW * g.C);
  const winners = new Uint32Array(y.length);
  for (let i = 0; i < y.length; i++) {
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
    y[i] = x[best]!;
    winners[i] = best;
  }
  return { y, winners };
}

/** Each gradient goes to where its maximum stood; where windows overlap they add up. */
export function maxPooling2dBackward(dy: Numbers, winners: Uint32Array, sizeOfX: number): Float64Array {
  const dx = new Float64Array(sizeOfX);
  for (let i = 0; i < dy.length; i++) dx[winners[i]!]! += dy[i]!;
  return dx;
}
