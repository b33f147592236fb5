import type { Numbers } from './numbers.ts';

export interface PaddingGeometry {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** For every element of x [N, H, W, C], its place in y [N, top + H + bottom, left + W + right, C]. */
function places(g: PaddingGeometry): { places: number[]; size: number } {
  const height = g.top + g.H + g.bottom;
  const width = g.left + g.W + g.right;
  const places: number[] = [];
  for (let n = 0; n < g.N; n++)
    for (let h = 0; h < g.H; h++)
      for (let w = 0; w < g.W; w++)
        for (let c = 0; c < g.C; c++) places.push(((n * height + g.top + h) * width + g.left + w) * g.C + c);
  return { places, size: g.N * height * width * g.C };
}

export function zeroPadding2dForward(x: Numbers, g: PaddingGeometry): Float64Array {
  const to = places(g);
  const y = new Float64Array(to.size);
  for (const [i, place] of to.places.entries()) y[place] = x[i]!;
  return y;
}

export function zeroPadding2dBackward(dy: Numbers, g: PaddingGeometry): Float64Array {
  return Float64Array.from(places(g).places, (place) => dy[place]!);
}
