import { F32, V128, smaller, storeLanes } from '../lib/lanes';

/**
 * y[n, oh, ow, k] = bias[k] + Σ x[n, oh·sy + r, ow·sx + s, c] · w[r, s, c, k], summed over (r, s, c) in that order.
 * x [N, H, W, C], panels [⌈K/8⌉, R·S·C, 8] (see `packColumns`), y [N, OH, OW, K]. One unit is one image.
 *
 * The register tile is four output positions by eight filters: eight accumulators, two weight vectors, four splats.
 * A larger one spills.
 */
export function conv2dForward(
  x: usize, panels: usize, bias: usize, y: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const panelSize = <usize>(R * segment) * 8 * F32;
  const line = <usize>(W * C) * F32;
  const positions = OH * OW;
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H) * line;
    const out = y + <usize>(n * positions * K) * F32;
    for (let k = 0; k < K; k += 8) {
      const panel = panels + <usize>(k >> 3) * panelSize;
      const b0 = v128.load(bias + <usize>k * F32);
      const b1 = v128.load(bias + <usize>k * F32, 16);
      for (let p = 0; p < positions; p += 4) {
        // Past the end, the last position is computed again and not stored.
        const q1 = smaller(p + 1, positions - 1);
        const q2 = smaller(p + 2, positions - 1);
        const q3 = smaller(p + 3, positions - 1);
        let i0 = image + <usize>((p / OW) * sy) * line + <usize>((p % OW) * sx * C) * F32;
        let i1 = image + <usize>((q1 / OW) * sy) * line + <usize>((q1 % OW) * sx * C) * F32;
        let i2 = image + <usize>((q2 / OW) * sy) * line + <usize>((q2 % OW) * sx * C) * F32;
        let i3 = image + <usize>((q3 / OW) * sy) * line + <usize>((q3 % OW) * sx * C) * F32;
        let a0 = b0, a1 = b1, c0 = b0, c1 = b1, d0 = b0, d1 = b1, e0 = b0, e1 = b1;
        let w = panel;
        const skip = line - <usize>segment * F32;
        for (let r = 0; r < R; r++) {
          const end = i0 + <usize>segment * F32;
          while (i0 < end) {
            const w0 = v128.load(w);
            const w1 = v128.load(w, 16);
            const x0 = v128.load32_splat(i0);
            a0 = f32x4.add(a0, f32x4.mul(x0, w0));
            a1 = f32x4.add(a1, f32x4.mul(x0, w1));
            const x1 = v128.load32_splat(i1);
            c0 = f32x4.add(c0, f32x4.mul(x1, w0));
            c1 = f32x4.add(c1, f32x4.mul(x1, w1));
            const x2 = v128.load32_splat(i2);
            d0 = f32x4.add(d0, f32x4.mul(x2, w0));
            d1 = f32x4.add(d1, f32x4.mul(x2, w1));
            const x3 = v128.load32_splat(i3);
            e0 = f32x4.add(e0, f32x4.mul(x3, w0));
            e1 = f32x4.add(e1, f32x4.mul(x3, w1));
            w += 2 * V128;
            i0 += F32;
            i1 += F32;
            i2 += F32;
            i3 += F32;
          }
          i0 += skip;
          i1 += skip;
          i2 += skip;
          i3 += skip;
        }
        const left = K - k;
        const row = <usize>K * F32;
        let to = out + <usize>(p * K + k) * F32;
        storeLanes(to, a0, left);
        storeLanes(to + V128, a1, left - 4);
        if (p + 1 < positions) {
          to += row;
          storeLanes(to, c0, left);
          storeLanes(to + V128, c1, left - 4);
        }
        if (p + 2 < positions) {
          to += row;
          storeLanes(to, d0, left);
          storeLanes(to + V128, d1, left - 4);
        }
        if (p + 3 < positions) {
          to += row;
          storeLanes(to, e0, left);
          storeLanes(to + V128, e1, left - 4);
        }
      }
    }
  }
}
