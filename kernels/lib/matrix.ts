import { F32, V128, smaller, storeLanes } from './lanes';

/**
 * Products of matrices with register tiles of eight accumulators: two rows by 16 columns, or four by 8. Sums begin with zero
 * (or the bias) and run over the depth in order, one product at a time, so no bit depends on how rows are shared out.
 * Strides are in bytes.
 */

/** Columns of a panel for a matrix of K columns: 16, or 8 where that leaves fewer columns empty. */
// @ts-ignore: decorator
@inline
export function panelWidth(K: i32): i32 {
  return ((K + 7) >> 3) & 1 ? 8 : 16;
}

/** K rounded up to whole panels. */
// @ts-ignore: decorator
@inline
export function panelColumns(K: i32): i32 {
  const width = panelWidth(K);
  return (K + width - 1) / width * width;
}

/** y [T, K] = a [T, D] · w + bias, then clamped to [low, high]; w in panels (see `packPanels`). bias 0: none. */
export function multiply(
  a: usize, aRow: usize, w: usize, bias: usize, y: usize, yRow: usize, T: i32, D: i32, K: i32, low: f32, high: f32,
): void {
  if (panelWidth(K) == 16) multiply2x16(a, aRow, w, bias, y, yRow, T, D, K, low, high);
  else multiply4x8(a, aRow, w, bias, y, yRow, T, D, K, low, high);
}

function multiply2x16(
  a: usize, aRow: usize, w: usize, bias: usize, y: usize, yRow: usize, T: i32, D: i32, K: i32, low: f32, high: f32,
): void {
  const depth = <usize>D * F32;
  const last = a + <usize>(T - 1) * aRow;
  for (let k = 0; k < K; k += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    if (bias) {
      const b = bias + <usize>k * F32;
      s0 = v128.load(b);
      s1 = v128.load(b, 16);
      s2 = v128.load(b, 32);
      s3 = v128.load(b, 48);
    }
    const left = K - k;
    let row = a;
    let to = y + <usize>k * F32;
    while (row <= last) {
      let a0 = s0, a1 = s1, a2 = s2, a3 = s3, b0 = s0, b1 = s1, b2 = s2, b3 = s3;
      let p0 = row, u = w;
      let p1 = row < last ? row + aRow : row;
      const end = p0 + depth;
      do {
        const w0 = v128.load(u), w1 = v128.load(u, 16), w2 = v128.load(u, 32), w3 = v128.load(u, 48);
        const x0 = v128.load32_splat(p0);
        const x1 = v128.load32_splat(p1);
        a0 = f32x4.add(a0, f32x4.mul(x0, w0));
        b0 = f32x4.add(b0, f32x4.mul(x1, w0));
        a1 = f32x4.add(a1, f32x4.mul(x0, w1));
        b1 = f32x4.add(b1, f32x4.mul(x1, w1));
        a2 = f32x4.add(a2, f32x4.mul(x0, w2));
        b2 = f32x4.add(b2, f32x4.mul(x1, w2));
        a3 = f32x4.add(a3, f32x4.mul(x0, w3));
        b3 = f32x4.add(b3, f32x4.mul(x1, w3));
        p0 += F32;
        p1 += F32;
        u += 4 * V128;
      } while (p0 < end);
      store16(to, clamp(a0, low, high), clamp(a1, low, high), clamp(a2, low, high), clamp(a3, low, high), left);
      if (row < last) {
        store16(to + yRow, clamp(b0, low, high), clamp(b1, low, high), clamp(b2, low, high), clamp(b3, low, high), left);
      }
      to += 2 * yRow;
      row += 2 * aRow;
    }
    w += <usize>D * 4 * V128;
  }
}

function multiply4x8(
  a: usize, aRow: usize, w: usize, bias: usize, y: usize, yRow: usize, T: i32, D: i32, K: i32, low: f32, high: f32,
): void {
  const depth = <usize>D * F32;
  for (let k = 0; k < K; k += 8) {
    let s0 = f32x4.splat(0), s1 = s0;
    if (bias) {
      s0 = v128.load(bias + <usize>k * F32);
      s1 = v128.load(bias + <usize>k * F32, 16);
    }
    const left = K - k;
    let to = y + <usize>k * F32;
    for (let t = 0; t < T; t += 4) {
      let a0 = s0, a1 = s1, b0 = s0, b1 = s1, c0 = s0, c1 = s1, d0 = s0, d1 = s1;
      let p0 = a + <usize>t * aRow;
      let p1 = a + <usize>smaller(t + 1, T - 1) * aRow;
      let p2 = a + <usize>smaller(t + 2, T - 1) * aRow;
      let p3 = a + <usize>smaller(t + 3, T - 1) * aRow;
      let u = w;
      const end = p0 + depth;
      do {
        const w0 = v128.load(u), w1 = v128.load(u, 16);
        const x0 = v128.load32_splat(p0);
        a0 = f32x4.add(a0, f32x4.mul(x0, w0));
        a1 = f32x4.add(a1, f32x4.mul(x0, w1));
        const x1 = v128.load32_splat(p1);
        b0 = f32x4.add(b0, f32x4.mul(x1, w0));
        b1 = f32x4.add(b1, f32x4.mul(x1, w1));
        const x2 = v128.load32_splat(p2);
        c0 = f32x4.add(c0, f32x4.mul(x2, w0));
        c1 = f32x4.add(c1, f32x4.mul(x2, w1));
        const x3 = v128.load32_splat(p3);
        d0 = f32x4.add(d0, f32x4.mul(x3, w0));
        d1 = f32x4.add(d1, f32x4.mul(x3, w1));
        p0 += F32;
        p1 += F32;
        p2 += F32;
        p3 += F32;
        u += 2 * V128;
      } while (p0 < end);
      const rows = T - t;
      store8(to, clamp(a0, low, high), clamp(a1, low, high), left);
      if (rows > 1) store8(to + yRow, clamp(b0, low, high), clamp(b1, low, high), left);
      if (rows > 2) store8(to + 2 * yRow, clamp(c0, low, high), clamp(c1, low, high), left);
      if (rows > 3) store8(to + 3 * yRow, clamp(d0, low, high), clamp(d1, low, high), left);
      to += 4 * yRow;
    }
    w += <usize>D * 2 * V128;
  }
}

/**
 * d [C, K] += aᵀ · b, a [T, C], b [T, K], d in whole tiles: its C rounded up to 2 (panels of 16) or 4 (of 8), its rows
 * `panelColumns(K)` long. a and b may be read up to a tile past the end of a row.
 */
export function multiplyTransposed(
  a: usize, aRow: usize, b: usize, bRow: usize, d: usize, T: i32, C: i32, K: i32,
): void {
  if (panelWidth(K) == 16) multiplyTransposed2x16(a, aRow, b, bRow, d, T, C, K);
  else multiplyTransposed4x8(a, aRow, b, bRow, d, T, C, K);
}

function multiplyTransposed2x16(
  a: usize, aRow: usize, b: usize, bRow: usize, d: usize, T: i32, C: i32, K: i32,
): void {
  const size = <usize>T * aRow;
  const line = <usize>panelColumns(K) * F32;
  for (let k = 0; k < K; k += 16) {
    let to = d + <usize>k * F32;
    for (let c = 0; c < C; c += 2) {
      let p0 = a + <usize>c * F32, p1 = p0 + F32, q = b + <usize>k * F32;
      const end = p0 + size;
      let a0 = v128.load(to), a1 = v128.load(to, 16), a2 = v128.load(to, 32), a3 = v128.load(to, 48);
      const next = to + line;
      let b0 = v128.load(next), b1 = v128.load(next, 16), b2 = v128.load(next, 32), b3 = v128.load(next, 48);
      do {
        const w0 = v128.load(q), w1 = v128.load(q, 16), w2 = v128.load(q, 32), w3 = v128.load(q, 48);
        const x0 = v128.load32_splat(p0);
        const x1 = v128.load32_splat(p1);
        a0 = f32x4.add(a0, f32x4.mul(x0, w0));
        b0 = f32x4.add(b0, f32x4.mul(x1, w0));
        a1 = f32x4.add(a1, f32x4.mul(x0, w1));
        b1 = f32x4.add(b1, f32x4.mul(x1, w1));
        a2 = f32x4.add(a2, f32x4.mul(x0, w2));
        b2 = f32x4.add(b2, f32x4.mul(x1, w2));
        a3 = f32x4.add(a3, f32x4.mul(x0, w3));
        b3 = f32x4.add(b3, f32x4.mul(x1, w3));
        p0 += aRow;
        p1 += aRow;
        q += bRow;
      } while (p0 < end);
      store16(to, a0, a1, a2, a3, 16);
      store16(next, b0, b1, b2, b3, 16);
      to += 2 * line;
    }
  }
}

function multiplyTransposed4x8(
  a: usize, aRow: usize, b: usize, bRow: usize, d: usize, T: i32, C: i32, K: i32,
): void {
  const size = <usize>T * aRow;
  const line = <usize>panelColumns(K) * F32;
  for (let k = 0; k < K; k += 8) {
    let to = d + <usize>k * F32;
    for (let c = 0; c < C; c += 4) {
      let p = a + <usize>c * F32, q = b + <usize>k * F32;
      const end = p + size;
      const t1 = to + line, t2 = t1 + line, t3 = t2 + line;
      let a0 = v128.load(to), a1 = v128.load(to, 16), b0 = v128.load(t1), b1 = v128.load(t1, 16);
      let c0 = v128.load(t2), c1 = v128.load(t2, 16), d0 = v128.load(t3), d1 = v128.load(t3, 16);
      do {
        const w0 = v128.load(q), w1 = v128.load(q, 16);
        const x0 = v128.load32_splat(p);
        a0 = f32x4.add(a0, f32x4.mul(x0, w0));
        a1 = f32x4.add(a1, f32x4.mul(x0, w1));
        const x1 = v128.load32_splat(p, 4);
        b0 = f32x4.add(b0, f32x4.mul(x1, w0));
        b1 = f32x4.add(b1, f32x4.mul(x1, w1));
        const x2 = v128.load32_splat(p, 8);
        c0 = f32x4.add(c0, f32x4.mul(x2, w0));
        c1 = f32x4.add(c1, f32x4.mul(x2, w1));
        const x3 = v128.load32_splat(p, 12);
        d0 = f32x4.add(d0, f32x4.mul(x3, w0));
        d1 = f32x4.add(d1, f32x4.mul(x3, w1));
        p += aRow;
        q += bRow;
      } while (p < end);
      store8(to, a0, a1, 8);
      store8(t1, b0, b1, 8);
      store8(t2, c0, c1, 8);
      store8(t3, d0, d1, 8);
      to = t3 + line;
    }
  }
}

/** x between low and high; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(low)), f32x4.splat(high));
}

// @ts-ignore: decorator
@inline
function store16(to: usize, a: v128, b: v128, c: v128, d: v128, left: i32): void {
  if (left >= 16) {
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  } else {
    storeLanes(to, a, left);
    storeLanes(to + V128, b, left - 4);
    storeLanes(to + 2 * V128, c, left - 8);
    storeLanes(to + 3 * V128, d, left - 12);
  }
}

// @ts-ignore: decorator
@inline
function store8(to: usize, a: v128, b: v128, left: i32): void {
  if (left >= 8) {
    v128.store(to, a);
    v128.store(to, b, 16);
  } else {
    storeLanes(to, a, left);
    storeLanes(to + V128, b, left - 4);
  }
}
