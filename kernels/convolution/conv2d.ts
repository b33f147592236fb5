import { addPatches, copyPadded, copyPatches } from '../lib/copies';
import { inGroup } from '../lib/groups';
import { F32, smaller } from '../lib/lanes';
import { multiply, multiplyTransposed, panelColumns, panelWidth } from '../lib/matrix';
import { scratch } from '../lib/scratch';

/**
 * Convolutions of any size as products of matrices: the patches of `block` output positions side by side, [block, R·S·C],
 * times the kernel. Padding is `top` rows and `left` columns of zeros before the picture, and as many after it as the last windows need.
 */

/** Floats of a picture's padded copy. */
// @ts-ignore: decorator
@inline
function paddedLine(OW: i32, sx: i32, S: i32, C: i32): i32 {
  return ((OW - 1) * sx + S) * C;
}

/** Whether the rows of the product are the pixels themselves. */
// @ts-ignore: decorator
@inline
function isPointwise(R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32): bool {
  return R == 1 && S == 1 && sy == 1 && sx == 1 && top == 0 && left == 0;
}

/**
 * y[n, oh, ow, k] = bias[k] + Σ x[n, oh·sy + r − top, ow·sx + s − left, c] · w[r, s, c, k], summed over (r, s, c) in that order; x is 0
 * outside of the picture. Then y is clamped to [low, high]. x [N, H, W, C], panels of w [R·S·C, K] (see `packPanels`), bias [K] or 0, y [N, OH, OW, K]. One unit is
 * one image.
 */
export function conv2dForward(
  x: usize, panels: usize, bias: usize, y: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32, block: i32, low: f32, high: f32,
  count: i32, first: i32, last: i32,
): void {
  const positions = OH * OW;
  const D = R * S * C;
  const pixel = <usize>C * F32;
  const row = <usize>K * F32;
  const line = <usize>paddedLine(OW, sx, S, C) * F32;
  const PH = (OH - 1) * sy + R;
  const patches = scratch + <usize>PH * line;
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H * W) * pixel;
    const out = y + <usize>(n * positions) * row;
    if (isPointwise(R, S, sy, sx, top, left)) {
      multiply(image, pixel, panels, bias, out, row, positions, C, K, low, high);
      continue;
    }
    copyPadded(image, scratch, H, W, C, -top, -left, PH, <i32>(line / pixel));
    for (let p = 0; p < positions; p += block) {
      const end = smaller(p + block, positions);
      copyPatches(scratch, line, patches, C, R, S, sy, sx, OW, p, end);
      multiply(patches, <usize>D * F32, panels, bias, out + <usize>p * row, row, end - p, D, K, low, high);
    }
  }
}

/**
 * The gradient of the input: dx[n, h, w, c] = Σ dy[n, oh, ow, k] · w[r, s, c, k] over all products in which x[n, h, w, c] took part. `panels` are those
 * of w transposed, [K, R·S·C]. One unit is one image.
 */
export function conv2dBackwardInput(
  dy: usize, panels: usize, dx: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32, block: i32,
  count: i32, first: i32, last: i32,
): void {
  const positions = OH * OW;
  const D = R * S * C;
  const pixel = <usize>C * F32;
  const row = <usize>K * F32;
  const line = <usize>paddedLine(OW, sx, S, C) * F32;
  const PH = (OH - 1) * sy + R;
  const patches = scratch + <usize>PH * line;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>(n * H * W) * pixel;
    const from = dy + <usize>(n * positions) * row;
    if (isPointwise(R, S, sy, sx, top, left)) {
      multiply(from, row, panels, 0, image, pixel, positions, K, C, -Infinity, Infinity);
      continue;
    }
    memory.fill(scratch, 0, <usize>PH * line);
    for (let p = 0; p < positions; p += block) {
      const end = smaller(p + block, positions);
      multiply(from + <usize>p * row, row, panels, 0, patches, <usize>D * F32, end - p, K, D, -Infinity, Infinity);
      addPatches(patches, scratch, line, C, R, S, sy, sx, OW, p, end);
    }
    copyPadded(scratch, image, PH, <i32>(line / pixel), C, top, left, H, W);
  }
}

/**
 * Adds to dw [groups, R·S·C, K], in whole tiles (see `multiplyTransposed`), the kernel's gradient of the images of each group, image after
 * image and position after position. One unit is one group of images (see `inGroup`).
 */
export function conv2dBackwardWeights(
  x: usize, dy: usize, dw: usize, positionInBatch: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32, block: i32, groups: i32,
  count: i32, first: i32, last: i32,
): void {
  const positions = OH * OW;
  const D = R * S * C;
  const pixel = <usize>C * F32;
  const row = <usize>K * F32;
  const line = <usize>paddedLine(OW, sx, S, C) * F32;
  const PH = (OH - 1) * sy + R;
  const patches = scratch + <usize>PH * line;
  const size = <usize>((D + 3) / 4 * 4 * panelColumns(K)) * F32;
  for (let g = first; g < last; g++) {
    const sum = dw + <usize>g * size;
    for (let n = 0; n < count; n++) {
      if (!inGroup(n, positionInBatch, g, groups)) continue;
      const image = x + <usize>(n * H * W) * pixel;
      const from = dy + <usize>(n * positions) * row;
      if (isPointwise(R, S, sy, sx, top, left)) {
        multiplyTransposed(image, pixel, from, row, sum, positions, C, K);
        continue;
      }
      copyPadded(image, scratch, H, W, C, -top, -left, PH, <i32>(line / pixel));
      for (let p = 0; p < positions; p += block) {
        const end = smaller(p + block, positions);
        copyPatches(scratch, line, patches, C, R, S, sy, sx, OW, p, end);
        multiplyTransposed(patches, <usize>D * F32, from + <usize>p * row, row, sum, end - p, D, K);
      }
    }
  }
}

/** dw [D, K] = the sum over the groups of sums [groups, D, K], the latter in whole tiles. One unit is one row. */
export function sumGroups(
  sums: usize, dw: usize, D: i32, K: i32, groups: i32, count: i32, first: i32, last: i32,
): void {
  const columns = panelColumns(K);
  const size = <usize>((D + 3) / 4 * 4 * columns) * F32;
  for (let d = first; d < last; d++) {
    const from = sums + <usize>(d * columns) * F32;
    const to = dw + <usize>(d * K) * F32;
    for (let k: usize = 0; k < <usize>K * F32; k += F32) {
      let sum = f32.load(from + k);
      for (let g = 1; g < groups; g++) sum += f32.load(from + <usize>g * size + k);
      f32.store(to + k, sum);
    }
  }
}

/** sums [K] += the values of y [N, positions, K], channel by channel in order. One unit is four channels. */
export function addChannelSums(
  y: usize, sums: usize, positions: i32, K: i32, count: i32, first: i32, last: i32,
): void {
  const row = <usize>K * F32;
  const size = <usize>(count * positions) * row;
  for (let unit = first; unit < last; unit++) {
    const k = <usize>unit * 16;
    if (k + 16 <= row) {
      let sum = v128.load(sums + k);
      for (let p = y + k; p < y + k + size; p += row) sum = f32x4.add(sum, v128.load(p));
      v128.store(sums + k, sum);
    } else {
      for (let lane = k; lane < row; lane += F32) {
        let sum = f32.load(sums + lane);
        for (let p = y + lane; p < y + lane + size; p += row) sum += f32.load(p);
        f32.store(sums + lane, sum);
      }
    }
  }
}

/** Weights [D, K] into panels of columns, [⌈K/width⌉, D, width] (see `panelWidth`), zeros behind the last. One unit is one panel. */
export function packPanels(w: usize, panels: usize, D: i32, K: i32, count: i32, first: i32, last: i32): void {
  const width = panelWidth(K);
  for (let panel = first; panel < last; panel++) {
    let to = panels + <usize>(panel * D * width) * F32;
    for (let d = 0; d < D; d++) {
      for (let k = panel * width; k < (panel + 1) * width; k++) {
        f32.store(to, k < K ? f32.load(w + <usize>(d * K + k) * F32) : 0);
        to += F32;
      }
    }
  }
}
