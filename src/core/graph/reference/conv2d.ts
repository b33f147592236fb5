import type { Numbers, WindowGeometry } from './numbers.ts';

export interface Conv2dGeometry extends WindowGeometry {
  readonly K: number;
}

/** Calls `visit` for every product of a convolution, with the places in x [N, H, W, C], w [R, S, C, K] and y [N, OH, OW, K]. */
function everyProduct(g: Conv2dGeometry, visit: (x: number, w: number, y: number) => void): void {
  for (let n = 0; n < g.N; n++)
    for (let oh = 0; oh < g.OH; oh++)
      for (let ow = 0; ow < g.OW; ow++)
        for (let k = 0; k < g.K; k++)
          for (let r = 0; r < g.R; r++)
            for (let s = 0; s < g.S; s++)
              for (let c = 0; c < g.C; c++)
                visit(
                  ((n * g.H + oh * g.sy + r) * g.W + ow * g.sx + s) * g.C + c,
                  ((r * g.S + s) * g.C + c) * g.K + k,
                  ((n * g.OH + oh) * g.OW + ow) * g.K + k,
                );
}

/** y[n, oh, ow, k] = bias[k] + Σ x[n, oh·sy + r, ow·sx + s, c] · w[r, s, c, k]. */
export function conv2dForward(x: Numbers, w: Numbers, bias: Numbers, g: Conv2dGeometry): Float64Array {
  const y = Float64Array.from({ length: g.N * g.OH * g.OW * g.K }, (_, i) => bias[i % g.K]!);
  everyProduct(g, (ix, iw, iy) => {
    y[iy]! += x[ix]! * w[iw]!;
  });
  return y;
}

export function conv2dBackward(x: Numbers, w: Numbers, dy: Numbers, g: Conv2dGeometry) {
  const dx = new Float64Array(g.N * g.H * g.W * g.C);
  const dw = new Float64Array(g.R * g.S * g.C * g.K);
  const dbias = new Float64Array(g.K);
  everyProduct(g, (ix, iw, iy) => {
    dx[ix]! += dy[iy]! * w[iw]!;
    dw[iw]! += dy[iy]! * x[ix]!;
  });
  for (let i = 0; i < dy.length; i++) dbias[i % g.K]! += dy[i]!;
  return { dx, dw, dbias };
}

/** The part of `conv2dBackward` that is the input's; quick where most of dy is 0. */
export function conv2dBackwardInput(w: Numbers, dy: Numbers, g: Conv2dGeometry): Float64Array {
  const dx = new Float64Array(g.N * g.H * g.W * g.C);
  for (let iy = 0; iy < dy.length; iy++) {
    const gradient = dy[iy]!;
    if (gradient === 0) continue;
    const k = iy % g.K;
    const position = (iy - k) / g.K;
    const ow = position % g.OW;
    const oh = Math.floor(position / g.OW) % g.OH;
    const n = Math.floor(position / (g.OW * g.OH));
    for (let r = 0; r < g.R; r++)
      for (let s = 0; s < g.S; s++) {
        const ix = ((n * g.H + oh * g.sy + r) * g.W + ow * g.sx + s) * g.C;
        const iw = (r * g.S + s) * g.C * g.K + k;
        for (let c = 0; c < g.C; c++) dx[ix + c]! += gradient * w[iw + c * g.K]!;
      }
  }
  return dx;
}
