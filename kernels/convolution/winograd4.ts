import { copyPadded } from '../lib/copies';
import { inGroup, runOf } from '../lib/groups';
import { F32, V128, smaller } from '../lib/lanes';
import { multiply, multiplyTransposed, panelWidth } from '../lib/matrix';
import { scratch } from '../lib/scratch';
import {
  skipsPoint, transformGradient4, transformInput4, transformKernel4, transformKernelGradient4, transformOutput4, WORK,
} from './winograd4Tiles';

/**
 * 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3). A block is some images of few tiles, or some rows of tiles of one
 * image. The last row and column of tiles may be small: less than four outputs. Tiles are ordered by their rows and columns: (full, small),
 * (full, full), (small, full), (small, small), so that those that have a product at a point are neighbours.
 */

const INPUT = 0;
const OUTPUT = 1;
const GRADIENT = 2;

/** Bytes from one point's matrix [C, K] to the next: a cache line more than it holds, so that planes do not fall on each other in the cache. */
// @ts-ignore: decorator
@inline
function planeBytes(C: i32, K: i32): usize {
  return <usize>(C * K + 16) * F32;
}

/** Rows or columns that the last tile of an extent gives, 1 to 4. */
// @ts-ignore: decorator
@inline
function lastOf(extent: i32): i32 {
  return ((extent - 1) & 3) + 1;
}

/** The transform of a tile with `extent` rows or columns. */
// @ts-ignore: decorator
@inline
function kindOf(extent: i32): i32 {
  return extent == 1 ? 2 : extent;
}

/**
 * Transforms the tiles of a block: `images` pictures, `size` bytes apart, tile rows `top` to `bottom` of an output of OH × OW. `picture` is where
 * the first tile's values begin.
 */
function transformTiles(
  what: i32, picture: usize, size: usize, line: usize, C: i32, planes: usize, plane: usize, bias: usize, work: usize,
  images: i32, top: i32, bottom: i32, OH: i32, OW: i32, low: f32, high: f32,
): void {
  const pixel = <usize>C * F32;
  const TH = (OH + 3) >> 2, TW = (OW + 3) >> 2;
  const smallRow = OH & 3 ? TH - 1 : TH, smallColumn = OW & 3 ? TW - 1 : TW;
  const fullRows = smaller(bottom, smallRow) - top;
  let fullSmall = 0;
  let fullFull = smallColumn < TW ? images * fullRows : 0;
  let smallFull = fullFull + images * fullRows * smallColumn;
  let smallSmall = smallFull + (bottom > smallRow ? images * smallColumn : 0);
  for (let n = 0; n < images; n++) {
    for (let th = top; th < bottom; th++) {
      const height = th < smallRow ? 4 : lastOf(OH);
      let at = picture + <usize>n * size + <usize>(4 * (th - top)) * line;
      for (let tw = 0; tw < TW; tw++) {
        const width = tw < smallColumn ? 4 : lastOf(OW);
        let slot = 0;
        if (height == 4) slot = width == 4 ? fullFull++ : fullSmall++;
        else slot = width == 4 ? smallFull++ : smallSmall++;
        const to = planes + <usize>slot * pixel;
        const rows = kindOf(height), columns = kindOf(width);
        if (what == INPUT) transformInput4(at, to, work, line, pixel, plane, rows, columns);
        else if (what == OUTPUT) transformOutput4(to, at, bias, work, line, pixel, plane, rows, columns, height, width, low, high);
        else transformGradient4(at, to, work, line, pixel, plane, rows, columns);
        at += 4 * pixel;
      }
    }
  }
}

/** The products of a block at all points. */
function multiplyTiles(
  v: usize, vPlane: usize, u: usize, m: usize, mPlane: usize, C: i32, K: i32,
  images: i32, top: i32, bottom: i32, OH: i32, OW: i32,
): void {
  const TH = (OH + 3) >> 2, TW = (OW + 3) >> 2;
  const smallRow = OH & 3 ? TH - 1 : TH, smallColumn = OW & 3 ? TW - 1 : TW;
  const fullRows = smaller(bottom, smallRow) - top;
  const fullSmall = smallColumn < TW ? images * fullRows : 0;
  const full = fullSmall + images * fullRows * smallColumn;
  const smallFull = full + (bottom > smallRow ? images * smallColumn : 0);
  const all = images * (bottom - top) * TW;
  const rows = kindOf(lastOf(OH)), columns = kindOf(lastOf(OW));
  const matrix = planeBytes(C, K);
  for (let i = 0; i < 6; i++) {
    const noSmallRows = OH & 3 ? skipsPoint(rows, i) : false;
    for (let j = 0; j < 6; j++) {
      const noSmallColumns = OW & 3 ? skipsPoint(columns, j) : false;
      const start = noSmallColumns ? fullSmall : 0;
      const stop = noSmallRows ? full : noSmallColumns ? smallFull : all;
      if (stop > start) {
        const from = v + <usize>(start * C) * F32;
        const to = m + <usize>(start * K) * F32;
        multiply(from, <usize>C * F32, u, 0, to, <usize>K * F32, stop - start, C, K, -Infinity, Infinity);
      }
      v += vPlane;
      m += mPlane;
      u += matrix;
    }
  }
}

/**
 * Adds to u [36, C, K] the products of a block with its gradient at all points, image after image, so that no bit depends on which
 * images make a block. The tiles of each image are ordered by edge.
 */
function multiplyGradients(
  v: usize, vPlane: usize, u: usize, m: usize, mPlane: usize, C: i32, K: i32,
  images: i32, top: i32, bottom: i32, OH: i32, OW: i32,
): void {
  const TH = (OH + 3) >> 2, TW = (OW + 3) >> 2;
  const smallRow = OH & 3 ? TH - 1 : TH, smallColumn = OW & 3 ? TW - 1 : TW;
  const fullRows = smaller(bottom, smallRow) - top;
  const fullSmall = smallColumn < TW ? fullRows : 0;
  const full = fullRows * TW;
  const smallFull = full + (bottom > smallRow ? smallColumn : 0);
  const all = (bottom - top) * TW;
  const rows = kindOf(lastOf(OH)), columns = kindOf(lastOf(OW));
  const vRow = <usize>C * F32, mRow = <usize>K * F32;
  const matrix = planeBytes(C, K);
  for (let i = 0; i < 6; i++) {
    const noSmallRows = OH & 3 ? skipsPoint(rows, i) : false;
    for (let j = 0; j < 6; j++) {
      const noSmallColumns = OW & 3 ? skipsPoint(columns, j) : false;
      const start = noSmallColumns ? fullSmall : 0;
      const stop = noSmallRows ? full : noSmallColumns ? smallFull : all;
      if (stop - start == all) multiplyTransposed(v, vRow, m, mRow, u, images * all, C, K);
      else if (stop > start) {
        for (let n = 0; n < images; n++) {
          const from = <usize>(n * all + start);
          multiplyTransposed(v + from * vRow, vRow, m + from * mRow, mRow, u, stop - start, C, K);
        }
      }
      v += vPlane;
      m += mPlane;
      u += matrix;
    }
  }
}

/**
 * y = the convolution of x [N, H, W, C] with a kernel in the transform's domain, u [36, C, K] in panels (see `packWinograd4`), plus bias [K]
 * (0: none), clamped to [low, high]. Padding as for `conv2dForward`. C and K are multiples of 8. One unit is a block of `images`
 * images, of which `rows` rows of tiles are transformed at a time. For the gradient of the input the
 * kernel is packed from that of `flipKernel`.
 */
export function winograd4(
  x: usize, u: usize, bias: usize, y: usize,
  H: i32, W: i32, C: i32, K: i32, top: i32, left: i32, OH: i32, OW: i32, images: i32, rows: i32, low: f32, high: f32,
  count: i32, first: i32, last: i32,
): void {
  const TH = (OH + 3) >> 2, TW = (OW + 3) >> 2;
  const tiles = images * rows * TW;
  const vPlane = <usize>(tiles * C) * F32 + 64, mPlane = <usize>(tiles * K) * F32 + 64;
  const PW = 4 * TW + 2;
  const line = <usize>(PW * C) * F32;
  const size = <usize>(4 * rows + 2) * line;
  const outLine = <usize>(OW * K) * F32;
  const outSize = <usize>OH * outLine;
  const work = scratch;
  const padded = work + WORK;
  const v = padded + <usize>images * size;
  const m = v + 36 * vPlane;
  for (let unit = first; unit < last; unit++) {
    const n = unit * images;
    const own = smaller(images, count - n);
    for (let th = 0; th < TH; th += rows) {
      const bottom = smaller(th + rows, TH);
      for (let i = 0; i < own; i++) {
        const image = x + <usize>((n + i) * H * W * C) * F32;
        copyPadded(image, padded + <usize>i * size, H, W, C, 4 * th - top, -left, 4 * (bottom - th) + 2, PW);
      }
      transformTiles(INPUT, padded, size, line, C, v, vPlane, 0, work, own, th, bottom, OH, OW, 0, 0);
      multiplyTiles(v, vPlane, u, m, mPlane, C, K, own, th, bottom, OH, OW);
      const out = y + <usize>n * outSize + <usize>(4 * th) * outLine;
      transformTiles(OUTPUT, out, outSize, outLine, K, m, mPlane, bias, work, own, th, bottom, OH, OW, low, high);
    }
  }
}

/**
 * Adds to du [groups, 36, C, K] the gradient, in the transform's domain, of the kernel of `winograd4`. One unit is one group of
 * images (see `inGroup`), image after image.
 */
export function winograd4BackwardWeights(
  x: usize, dy: usize, du: usize, positionInBatch: usize,
  H: i32, W: i32, C: i32, K: i32, top: i32, left: i32, OH: i32, OW: i32, images: i32, rows: i32, groups: i32,
  count: i32, first: i32, last: i32,
): void {
  const TH = (OH + 3) >> 2, TW = (OW + 3) >> 2;
  const tiles = images * rows * TW;
  const vPlane = <usize>(tiles * C) * F32 + 64, mPlane = <usize>(tiles * K) * F32 + 64;
  const PW = 4 * TW + 2;
  const line = <usize>(PW * C) * F32;
  const size = <usize>(4 * rows + 2) * line;
  const dyLine = <usize>(4 * TW * K) * F32;
  const dySize = <usize>(4 * rows) * dyLine;
  const work = scratch;
  const padded = work + WORK;
  const gradient = padded + <usize>images * size;
  const v = gradient + <usize>images * dySize;
  const m = v + 36 * vPlane;
  for (let group = first; group < last; group++) {
    const sum = du + <usize>group * 36 * planeBytes(C, K);
    for (let n = 0; n < count; n++) {
      if (!inGroup(n, positionInBatch, group, groups)) continue;
      let own = 1;
      const run = runOf(n, positionInBatch);
      while (own < images && n + own < count && runOf(n + own, positionInBatch) == run) own++;
      for (let th = 0; th < TH; th += rows) {
        const bottom = smaller(th + rows, TH);
        const height = 4 * (bottom - th);
        for (let i = 0; i < own; i++) {
          const image = x + <usize>((n + i) * H * W * C) * F32;
          copyPadded(image, padded + <usize>i * size, H, W, C, 4 * th - top, -left, height + 2, PW);
          const dImage = dy + <usize>((n + i) * OH * OW * K) * F32;
          copyPadded(dImage, gradient + <usize>i * dySize, OH, OW, K, 4 * th, 0, height, 4 * TW);
          const before = <usize>(i * (bottom - th) * TW) * F32;
          const vOwn = v + before * <usize>C, mOwn = m + before * <usize>K;
          transformTiles(INPUT, padded + <usize>i * size, size, line, C, vOwn, vPlane, 0, work, 1, th, bottom, OH, OW, 0, 0);
          transformTiles(GRADIENT, gradient + <usize>i * dySize, dySize, dyLine, K, mOwn, mPlane, 0, work, 1, th, bottom, OH, OW, 0, 0);
        }
        multiplyGradients(v, vPlane, sum, m, mPlane, C, K, own, th, bottom, OH, OW);
      }
      n += own - 1;
    }
  }
}

/** dw [3, 3, C, K] = the sum over the groups of du [groups, 36, C, K], transformed back. One unit is one input channel. */
export function winograd4KernelGradient(
  du: usize, dw: usize, C: i32, K: i32, groups: i32, count: i32, first: i32, last: i32,
): void {
  const plane = planeBytes(C, K);
  const tap = <usize>(C * K) * F32;
  const row = <usize>K * F32;
  const points = scratch;
  // Some channels at a time, so that each of the many planes is read in pieces that can be prefetched.
  for (let c = first; c < last; c += 4) {
    const block = <usize>smaller(4, last - c) * row;
    const at = <usize>c * row;
    for (let i: usize = 0; i < 36; i++) {
      for (let k: usize = 0; k < block; k += V128) {
        let from = du + i * plane + at + k;
        let sum = v128.load(from);
        for (let g = 1; g < groups; g++) {
          from += 36 * plane;
          sum = f32x4.add(sum, v128.load(from));
        }
        v128.store(points + i * block + k, sum);
      }
    }
    for (let k: usize = 0; k < block; k += V128) {
      transformKernelGradient4(points + k, block, points + 36 * block, dw + at + k, tap);
    }
  }
}

/** Kernel [3, 3, C, K] to u [36, ⌈K/width⌉, C, width]: see `panelWidth`. One unit is one input channel. */
export function packWinograd4(w: usize, u: usize, C: i32, K: i32, count: i32, first: i32, last: i32): void {
  const width = panelWidth(K);
  const tap = <usize>(C * K) * F32;
  for (let c = first; c < last; c++) {
    for (let k = 0; k < K; k += 4) {
      const to = u + <usize>((k / width * C + c) * width + k % width) * F32;
      transformKernel4(w + <usize>(c * K + k) * F32, tap, to, planeBytes(C, K));
    }
  }
}

/** Kernel [3, 3, C, K] turned by 180° with its channels exchanged, [3, 3, K, C]: that of the gradient of the input. One unit is one tap. */
export function flipKernel(w: usize, y: usize, C: i32, K: i32, count: i32, first: i32, last: i32): void {
  const tap = <usize>(C * K) * F32;
  for (let t = first; t < last; t++) {
    let to = y + <usize>t * tap;
    const from = w + <usize>(8 - t) * tap;
    for (let k = 0; k < K; k++) {
      for (let c = 0; c < C; c++) {
        f32.store(to, f32.load(from + <usize>(c * K + k) * F32));
        to += F32;
      }
    }
  }
}
