import { F32, V128, larger, smaller, storeLanes } from '../lib/lanes';
import { clamp } from '../lib/matrix';
import { scratch } from '../lib/scratch';

/** Bytes of a block of eight channels. */
const BLOCK: usize = 8 * F32;

/**
 * A register tile: three outputs, `outPixel` bytes apart, of eight channels, of which `lanes` count. Each is the bias plus the
 * sum over rows × taps inputs, `line` and `pixel` bytes apart; the three outputs' inputs begin `distance` bytes apart. With six
 * accumulators, six inputs and two weights the registers are full.
 */
// @ts-ignore: decorator
@inline
function threeOutputs(
  to: usize, outPixel: usize, lanes: i32, b0: v128, b1: v128,
  from: usize, distance: usize, rows: i32, taps: i32, line: usize, pixel: usize,
  w: usize, wLine: usize, wTap: usize,
): void {
  let a0 = b0, a1 = b1, c0 = b0, c1 = b1, d0 = b0, d1 = b1;
  const bytes = <usize>taps * pixel;
  for (let r = 0; r < rows; r++) {
    let i = from;
    let j = from + distance;
    let k = j + distance;
    let v = w;
    const end = i + bytes;
    while (i < end) {
      const w0 = v128.load(v);
      const w1 = v128.load(v, 16);
      a0 = f32x4.add(a0, f32x4.mul(v128.load(i), w0));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(i, 16), w1));
      c0 = f32x4.add(c0, f32x4.mul(v128.load(j), w0));
      c1 = f32x4.add(c1, f32x4.mul(v128.load(j, 16), w1));
      d0 = f32x4.add(d0, f32x4.mul(v128.load(k), w0));
      d1 = f32x4.add(d1, f32x4.mul(v128.load(k, 16), w1));
      i += pixel;
      j += pixel;
      k += pixel;
      v += wTap;
    }
    from += line;
    w += wLine;
  }
  storeLanes(to, a0, lanes);
  storeLanes(to + V128, a1, lanes - 4);
  to += outPixel;
  storeLanes(to, c0, lanes);
  storeLanes(to + V128, c1, lanes - 4);
  to += outPixel;
  storeLanes(to, d0, lanes);
  storeLanes(to + V128, d1, lanes - 4);
}

/**
 * Four neighbouring outputs of four channels, three taps a row: neighbours share inputs, so that a row of the window takes
 * six inputs and three weights for its twelve products.
 */
// @ts-ignore: decorator
@inline
function fourOutputs(
  to: usize, outPixel: usize, lanes: i32, b: v128, from: usize, rows: i32, line: usize, pixel: usize,
  w: usize, wLine: usize, wTap: usize,
): void {
  let a0 = b, a1 = b, a2 = b, a3 = b;
  for (let r = 0; r < rows; r++) {
    const w0 = v128.load(w);
    const w1 = v128.load(w + wTap);
    const w2 = v128.load(w + 2 * wTap);
    const x0 = v128.load(from);
    const x1 = v128.load(from + pixel);
    const x2 = v128.load(from + 2 * pixel);
    const x3 = v128.load(from + 3 * pixel);
    const x4 = v128.load(from + 4 * pixel);
    const x5 = v128.load(from + 5 * pixel);
    a0 = f32x4.add(f32x4.add(f32x4.add(a0, f32x4.mul(x0, w0)), f32x4.mul(x1, w1)), f32x4.mul(x2, w2));
    a1 = f32x4.add(f32x4.add(f32x4.add(a1, f32x4.mul(x1, w0)), f32x4.mul(x2, w1)), f32x4.mul(x3, w2));
    a2 = f32x4.add(f32x4.add(f32x4.add(a2, f32x4.mul(x2, w0)), f32x4.mul(x3, w1)), f32x4.mul(x4, w2));
    a3 = f32x4.add(f32x4.add(f32x4.add(a3, f32x4.mul(x3, w0)), f32x4.mul(x4, w1)), f32x4.mul(x5, w2));
    from += line;
    w += wLine;
  }
  storeLanes(to, a0, lanes);
  to += outPixel;
  storeLanes(to, a1, lanes);
  to += outPixel;
  storeLanes(to, a2, lanes);
  to += outPixel;
  storeLanes(to, a3, lanes);
}

/** The same for one output. */
// @ts-ignore: decorator
@inline
function oneOutput(
  to: usize, lanes: i32, b0: v128, b1: v128,
  from: usize, rows: i32, taps: i32, line: usize, pixel: usize, w: usize, wLine: usize, wTap: usize,
): void {
  let a0 = b0, a1 = b1;
  for (let r = 0; r < rows; r++) {
    let i = from;
    let v = w;
    for (let s = 0; s < taps; s++) {
      a0 = f32x4.add(a0, f32x4.mul(v128.load(i), v128.load(v)));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(i, 16), v128.load(v, 16)));
      i += pixel;
      v += wTap;
    }
    from += line;
    w += wLine;
  }
  storeLanes(to, a0, lanes);
  storeLanes(to + V128, a1, lanes - 4);
}

// @ts-ignore: decorator
@inline
function biasAt(bias: usize, offset: usize): v128 {
  return bias ? v128.load(bias + offset) : f32x4.splat(0);
}

/**
 * One output, of all channels. Its first tap reads column `column` of the input; taps outside the input are left out.
 */
function borderColumn(
  to: usize, C: i32, bias: usize,
  from: usize, rows: i32, column: i32, columns: i32, taps: i32, line: usize, pixel: usize,
  w: usize, wLine: usize, wTap: usize, panelSize: usize,
): void {
  const s0 = larger(0, -column);
  const inside = smaller(taps, columns - column) - s0;
  from += <usize>(column + s0) * pixel;
  w += <usize>s0 * wTap;
  for (let c = 0; c < C; c += 8) {
    const offset = <usize>c * F32;
    const b0 = biasAt(bias, offset);
    const b1 = biasAt(bias, offset + V128);
    oneOutput(to + offset, C - c, b0, b1, from + offset, rows, inside, line, pixel, w, wLine, wTap);
    w += panelSize;
  }
}

/**
 * Output (i, j) is the bias plus the sum over taps (r, s) of w(r, s) · input(i · my + by + r, j · mx + bx + s), channel by
 * channel, summed over (r, s) in that order; inputs outside [0, H) × [0, W) count as zero. Outputs are [I, J] and need
 * not be next to each other. `w` is the place of tap (0, 0) in the first panel of eight channels.
 */
function correlate(
  to: usize, outLine: usize, outPixel: usize, I: i32, J: i32,
  from: usize, H: i32, W: i32, C: i32,
  my: i32, by: i32, R: i32, mx: i32, bx: i32, S: i32,
  w: usize, wLine: usize, wTap: usize, panelSize: usize, bias: usize,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  // The outputs j0 to j1 have all their columns inside.
  let j0 = smaller(J, bx < 0 ? (mx - 1 - bx) / mx : 0);
  const room = W - S - bx;
  let j1 = smaller(J, room < 0 ? 0 : room / mx + 1);
  const tile = S == 3 && mx == 1 && j1 - j0 >= 4 ? 4 : 3;
  if (j1 - j0 < 3) {
    j0 = J;
    j1 = J;
  }
  for (let i = 0; i < I; i++) {
    const top = i * my + by;
    const r0 = larger(0, -top);
    const rows = smaller(R, H - top) - r0;
    const source = from + <usize>(top + r0) * line;
    const weights = w + <usize>r0 * wLine;
    const out = to + <usize>i * outLine;
    for (let j = 0; j < j0; j++) {
      borderColumn(out + <usize>j * outPixel, C, bias, source, rows, j * mx + bx, W, S, line, pixel, weights, wLine, wTap, panelSize);
    }
    for (let j = j0; j < j1; j += tile) {
      // Some of the last tile's outputs may have been computed already.
      const at = smaller(j, j1 - tile);
      const inputs = source + <usize>(at * mx + bx) * pixel;
      const outputs = out + <usize>at * outPixel;
      let panel = weights;
      if (tile == 4) {
        for (let c = 0; c < C; c += 4) {
          const offset = <usize>c * F32;
          // A panel is two vectors wide.
          const half = panel + (offset & V128);
          fourOutputs(
            outputs + offset, outPixel, C - c, biasAt(bias, offset), inputs + offset, rows, line, pixel, half, wLine, wTap,
          );
          if (c & 4) panel += panelSize;
        }
        continue;
      }
      for (let c = 0; c < C; c += 8) {
        const offset = <usize>c * F32;
        const b0 = biasAt(bias, offset);
        const b1 = biasAt(bias, offset + V128);
        threeOutputs(
          outputs + offset, outPixel, C - c, b0, b1, inputs + offset, <usize>mx * pixel, rows, S, line, pixel, panel, wLine, wTap,
        );
        panel += panelSize;
      }
    }
    for (let j = j1; j < J; j++) {
      borderColumn(out + <usize>j * outPixel, C, bias, source, rows, j * mx + bx, W, S, line, pixel, weights, wLine, wTap, panelSize);
    }
  }
}

/**
 * y[n, oh, ow, c] = bias[c] + Σ x[n, oh·sy − top + r, ow·sx − left + s, c] · w[r, s, c], summed over (r, s) in that order;
 * outside the picture x is zero. `panels` is w in panels of eight channels, [⌈C/8⌉, R·S, 8] (see `packColumns`); without
 * bias its address is 0. Then y is clamped to [low, high]. One unit is one image.
 */
export function depthwiseConv2dForward(
  x: usize, panels: usize, bias: usize, y: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32, low: f32, high: f32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const size = <usize>(OH * OW) * pixel;
  for (let n = first; n < last; n++) {
    correlate(
      y + <usize>(n * OH * OW) * pixel, <usize>OW * pixel, pixel, OH, OW,
      x + <usize>(n * H * W) * pixel, H, W, C,
      sy, -top, R, sx, -left, S,
      panels, <usize>S * BLOCK, BLOCK, <usize>(R * S) * BLOCK, bias,
    );
    if (low == -Infinity && high == Infinity) continue;
    let p = y + <usize>n * size;
    for (const end = p + size; p < end; p += V128) storeLanes(p, clamp(v128.load(p), low, high), <i32>((end - p) / F32));
  }
}

/**
 * dx[n, h, w, c] = Σ dy[n, oh, ow, c] · w[r, s, c] over all oh·sy − top + r = h and ow·sx − left + s = w, summed over (oh, ow)
 * in that order. Inputs whose row and column leave the same rest by the strides meet the same taps: each such
 * set is a correlation with the taps in reverse. One unit is one image.
 */
export function depthwiseConv2dBackwardInput(
  dy: usize, panels: usize, dx: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const panelSize = <usize>(R * S) * BLOCK;
  for (let n = first; n < last; n++) {
    const gradients = dy + <usize>(n * OH * OW) * pixel;
    const image = dx + <usize>(n * H) * line;
    for (let h = 0; h < smaller(sy, H); h++) {
      const rest = (h + top) % sy;
      const rows = (R - rest + sy - 1) / sy;
      const r = rest + (larger(rows, 1) - 1) * sy;
      for (let w = 0; w < smaller(sx, W); w++) {
        const restColumns = (w + left) % sx;
        const taps = (S - restColumns + sx - 1) / sx;
        const s = restColumns + (larger(taps, 1) - 1) * sx;
        correlate(
          image + <usize>h * line + <usize>w * pixel, <usize>sy * line, <usize>sx * pixel,
          (H - h + sy - 1) / sy, (W - w + sx - 1) / sx,
          gradients, OH, OW, C,
          1, (h + top - r) / sy, rows, 1, (w + left - s) / sx, taps,
          panels + <usize>(r * S + s) * BLOCK, -<usize>(sy * S) * BLOCK, -<usize>sx * BLOCK, panelSize, 0,
        );
      }
    }
  }
}

/** Adds the first lanes of v to p. */
// @ts-ignore: decorator
@inline
function addLanes(p: usize, v: v128, lanes: i32): void {
  storeLanes(p, f32x4.add(v128.load(p), v), lanes);
}

/**
 * Adds to up to three neighbouring taps, from `to` on `tap` bytes apart, the sums of dy · x over one image. x points at the first
 * input of the first tap in a picture of blocks, `line` bytes a row.
 */
// @ts-ignore: decorator
@inline
function addTaps(
  taps: i32, to: usize, tap: usize, lanes: i32, x: usize, step: usize, line: usize, dy: usize, OH: i32, OW: i32,
): void {
  const zero = f32x4.splat(0);
  let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero;
  for (let oh = 0; oh < OH; oh++) {
    let i = x;
    const end = dy + <usize>OW * BLOCK;
    while (dy < end) {
      const d0 = v128.load(dy);
      const d1 = v128.load(dy, 16);
      a0 = f32x4.add(a0, f32x4.mul(d0, v128.load(i)));
      a1 = f32x4.add(a1, f32x4.mul(d1, v128.load(i, 16)));
      if (taps > 1) {
        b0 = f32x4.add(b0, f32x4.mul(d0, v128.load(i, 32)));
        b1 = f32x4.add(b1, f32x4.mul(d1, v128.load(i, 48)));
      }
      if (taps > 2) {
        c0 = f32x4.add(c0, f32x4.mul(d0, v128.load(i, 64)));
        c1 = f32x4.add(c1, f32x4.mul(d1, v128.load(i, 80)));
      }
      i += step;
      dy += BLOCK;
    }
    x += line;
  }
  addLanes(to, a0, lanes);
  addLanes(to + V128, a1, lanes - 4);
  if (taps > 1) {
    to += tap;
    addLanes(to, b0, lanes);
    addLanes(to + V128, b1, lanes - 4);
  }
  if (taps > 2) {
    to += tap;
    addLanes(to, c0, lanes);
    addLanes(to + V128, c1, lanes - 4);
  }
}

/**
 * Adds to dw [R, S, C] and, where its address is not 0, to dbias [C]: dw[r, s, c] += Σ dy[n, oh, ow, c] · x[n, oh·sy − top + r,
 * ow·sx − left + s, c], each image's sum over (oh, ow) in that order, image after image. One unit is a block of eight
 * channels over all images, so that no sum is split. Scratch holds the block's channels of one picture, surrounded by
 * zeros, [(OH − 1)·sy + R, (OW − 1)·sx + S, 8], and of its gradient, [OH, OW, 8].
 */
export function depthwiseConv2dBackwardWeights(
  x: usize, dy: usize, dw: usize, dbias: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const PH = (OH - 1) * sy + R;
  const PW = (OW - 1) * sx + S;
  const line = <usize>PW * BLOCK;
  const picture = scratch;
  const gradient = picture + <usize>PH * line;
  const rows = smaller(H, PH - top);
  const columns = smaller(W, PW - left);
  for (let block = first; block < last; block++) {
    const lanes = C - block * 8;
    const offset = <usize>block * BLOCK;
    memory.fill(picture, 0, <usize>PH * line);
    for (let n = 0; n < count; n++) {
      for (let h = 0; h < rows; h++) {
        let from = x + <usize>((n * H + h) * W) * pixel + offset;
        let to = picture + <usize>(h + top) * line + <usize>left * BLOCK;
        const end = to + <usize>columns * BLOCK;
        while (to < end) {
          v128.store(to, v128.load(from));
          v128.store(to, v128.load(from, 16), 16);
          from += pixel;
          to += BLOCK;
        }
      }
      let from = dy + <usize>(n * OH * OW) * pixel + offset;
      const end = gradient + <usize>(OH * OW) * BLOCK;
      let sum0 = f32x4.splat(0), sum1 = sum0;
      for (let to = gradient; to < end; to += BLOCK) {
        const d0 = v128.load(from);
        const d1 = v128.load(from, 16);
        sum0 = f32x4.add(sum0, d0);
        sum1 = f32x4.add(sum1, d1);
        v128.store(to, d0);
        v128.store(to, d1, 16);
        from += pixel;
      }
      if (dbias) {
        addLanes(dbias + offset, sum0, lanes);
        addLanes(dbias + offset + V128, sum1, lanes - 4);
      }
      for (let r = 0; r < R; r++) {
        let place = picture + <usize>r * line;
        let to = dw + <usize>(r * S) * pixel + offset;
        const step = <usize>sx * BLOCK;
        const down = <usize>sy * line;
        let s = 0;
        for (; s + 3 <= S; s += 3) {
          addTaps(3, to, pixel, lanes, place, step, down, gradient, OH, OW);
          place += 3 * BLOCK;
          to += 3 * pixel;
        }
        if (S - s == 2) addTaps(2, to, pixel, lanes, place, step, down, gradient, OH, OW);
        else if (S - s == 1) addTaps(1, to, pixel, lanes, place, step, down, gradient, OH, OW);
      }
    }
  }
}
