import { F32, smaller } from '../lib/lanes';
import { accumulate16, ENTRY } from '../lib/nonZeroList';
import { scratch } from '../lib/scratch';

/**
 * The backward pass of dense. Behind ReLU and dropout only a quarter of the gradients are not zero, and the sums run over
 * these alone. Inputs come in blocks of 32: two cache lines.
 */

/** Inputs of a block. */
const BLOCK = 32;
const BLOCK_BYTES: usize = 128;

/**
 * For each row of a table (images or outputs), the non-zero entries over its columns: offset column · `step` and the gradient
 * dy · scale, wherever y > 0 (everywhere if y is 0) and the gradient is not zero. Row and column lie `rowStride` and `columnStride` floats apart in y and dy. A list has room
 * for `room` entries behind its length (uint32, padded to an entry). `columns` of 0 stands for the images.
 * One unit is one row.
 */
export function nonZeroLists(
  y: usize, dy: usize, lists: usize, scale: f32, room: i32, rowStride: i32, columnStride: i32, columns: i32, step: i32,
  count: i32, first: i32, last: i32,
): void {
  const size = <usize>(room + 1) * ENTRY;
  const width = columns ? columns : count;
  for (let row = first; row < last; row++) {
    const list = lists + <usize>row * size;
    let end = list + ENTRY;
    let at = <usize>(row * rowStride) * F32;
    for (let column = 0; column < width; column++) {
      const g = f32.load(dy + at) * scale;
      store<u32>(end, <u32>(column * step));
      f32.store(end, g, 4);
      end += <usize>((!y | (f32.load(y + at) > 0)) & (g != 0)) * ENTRY;
      at += <usize>columnStride * F32;
    }
    store<u32>(list, <u32>(end - list - ENTRY));
  }
}

/** Weights [D, K] to blocks [⌈D/32⌉, K, 32], zeros behind the last input. One unit is one block. */
export function packBlocks(w: usize, blocks: usize, D: i32, K: i32, count: i32, first: i32, last: i32): void {
  for (let block = first; block < last; block++) {
    const inputs = smaller(BLOCK, D - block * BLOCK);
    const out = blocks + <usize>(block * K) * BLOCK_BYTES;
    for (let i = 0; i < BLOCK; i++) {
      let to = out + <usize>i * F32;
      let from = w + <usize>((block * BLOCK + i) * K) * F32;
      for (let k = 0; k < K; k++) {
        f32.store(to, i < inputs ? f32.load(from) : 0);
        to += BLOCK_BYTES;
        from += F32;
      }
    }
  }
}

/** The way back: blocks [⌈D/32⌉, K, 32] to [D, K]. */
export function unpackBlocks(blocks: usize, w: usize, D: i32, K: i32, count: i32, first: i32, last: i32): void {
  for (let block = first; block < last; block++) {
    const inputs = smaller(BLOCK, D - block * BLOCK);
    const start = blocks + <usize>(block * K) * BLOCK_BYTES;
    for (let i = 0; i < inputs; i++) {
      let from = start + <usize>i * F32;
      let to = w + <usize>((block * BLOCK + i) * K) * F32;
      for (let k = 0; k < K; k++) {
        f32.store(to, f32.load(from));
        from += BLOCK_BYTES;
        to += F32;
      }
    }
  }
}

/**
 * dx[n, d] = Σ over image n's outputs k with a gradient, in order, of g · w[d, k]. `lists` are by image with step 128, `blocks` are the
 * weights (see `packBlocks`). One unit is one block of inputs over all images: its weights stay in the cache.
 */
export function denseSparseInput(
  lists: usize, blocks: usize, dx: usize, D: i32, K: i32, count: i32, first: i32, last: i32,
): void {
  const size = <usize>(K + 1) * ENTRY;
  for (let block = first; block < last; block++) {
    const inputs = smaller(BLOCK, D - block * BLOCK);
    const weights = blocks + <usize>(block * K) * BLOCK_BYTES;
    for (let n = 0; n < count; n++) {
      const list = lists + <usize>n * size;
      const to = dx + <usize>(n * D + block * BLOCK) * F32;
      const acc = inputs == BLOCK ? to : scratch;
      memory.fill(acc, 0, BLOCK_BYTES);
      const end = list + ENTRY + <usize>load<u32>(list);
      accumulate16(list + ENTRY, end, weights, acc);
      accumulate16(list + ENTRY, end, weights + 64, acc + 64);
      if (acc != to) memory.copy(to, acc, <usize>inputs * F32);
    }
  }
}

/**
 * dw[d, k] += Σ over output k's images n with a gradient, in order, of g · x[n, d], dw in blocks (see `packBlocks`). `lists` are by
 * output with room for `room` images and a step of one image of x. One unit is one block of inputs.
 */
export function denseSparseWeights(
  lists: usize, x: usize, dblocks: usize, room: i32, K: i32, count: i32, first: i32, last: i32,
): void {
  const size = <usize>(room + 1) * ENTRY;
  for (let block = first; block < last; block++) {
    const inputs = x + <usize>block * BLOCK_BYTES;
    for (let k = 0; k < K; k++) {
      const list = lists + <usize>k * size;
      const acc = dblocks + <usize>(block * K + k) * BLOCK_BYTES;
      const end = list + ENTRY + <usize>load<u32>(list);
      accumulate16(list + ENTRY, end, inputs, acc);
      accumulate16(list + ENTRY, end, inputs + 64, acc + 64);
    }
  }
}

/** dbias[k] += Σ over output k's images of g. One unit is one output. */
export function denseSparseBias(lists: usize, dbias: usize, room: i32, count: i32, first: i32, last: i32): void {
  const size = <usize>(room + 1) * ENTRY;
  for (let k = first; k < last; k++) {
    const list = lists + <usize>k * size + ENTRY;
    const end = list + <usize>load<u32>(list - ENTRY);
    const b = dbias + <usize>k * F32;
    let sum = f32.load(b);
    for (let e = list; e < end; e += ENTRY) sum += f32.load(e, 4);
    f32.store(b, sum);
  }
}
