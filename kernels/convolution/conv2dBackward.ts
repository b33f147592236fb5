import { F32, V128, smaller } from '../lib/lanes';
import { accumulate16, accumulate4, ENTRY } from '../lib/nonZeroList';

/** Adds g · w[0…length) to x[0…length). */
// @ts-ignore: decorator
@inline
function addScaled(x: usize, w: usize, g: f32, length: i32): void {
  const splat = f32x4.splat(g);
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    v128.store(x, f32x4.add(v128.load(x), f32x4.mul(splat, v128.load(w))));
    v128.store(x, f32x4.add(v128.load(x, 16), f32x4.mul(splat, v128.load(w, 16))), 16);
    x += 2 * V128;
    w += 2 * V128;
  }
  for (; i < length; i++) {
    f32.store(x, f32.load(x) + g * f32.load(w));
    x += F32;
    w += F32;
  }
}

/**
 * dx[n, oh·sy + r, ow·sx + s, c] = Σ dy[n, oh, ow, k] · w[r, s, c, k], summed over (oh, ow, k) in that order, zero
 * gradients left out: behind max pooling, ReLU and dropout most are. `rows` is w transposed, [K, R·S·C]. One unit is one image.
 */
export function conv2dBackwardInput(
  dy: usize, rows: usize, dx: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const line = <usize>(W * C) * F32;
  const rowSize = <usize>(R * segment) * F32;
  const size = <usize>H * line;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>n * size;
    memory.fill(image, 0, size);
    let from = dy + <usize>(n * OH * OW * K) * F32;
    for (let oh = 0; oh < OH; oh++) {
      for (let ow = 0; ow < OW; ow++) {
        const patch = image + <usize>(oh * sy) * line + <usize>(ow * sx * C) * F32;
        for (let k = 0; k < K; k++) {
          const g = f32.load(from);
          from += F32;
          if (g == 0) continue;
          let w = rows + <usize>k * rowSize;
          let to = patch;
          for (let r = 0; r < R; r++) {
            addScaled(to, w, g, segment);
            w += <usize>segment * F32;
            to += line;
          }
        }
      }
    }
  }
}

/** Appends position and gradient of filter `lane` to its list. */
// @ts-ignore: decorator
@inline
function append(lists: usize, room: usize, lengths: usize, lane: i32, patch: usize, g: f32): void {
  const length = lengths + <usize>lane * 4;
  const n = load<i32>(length);
  const entry = lists + <usize>lane * room + <usize>n * ENTRY;
  store<u32>(entry, <u32>patch);
  f32.store(entry, g, 4);
  store<i32>(length, n + 1);
}

/**
 * Adds to drows [K, R·S·C] and dbias [K]: drows[k] += Σ dy[n, oh, ow, k] · patch(n, oh, ow), summed over (n, oh, ow) in
 * that order, zero gradients left out. One unit is a block of eight filters over all images, so that no sum is split.
 * `lists` holds, per block, eight lists of OH·OW entries of eight bytes, and their lengths.
 */
export function conv2dBackwardWeights(
  x: usize, dy: usize, drows: usize, dbias: usize, lists: usize,
  H: i32, W: i32, C: i32, K: i32, R: i32, S: i32, sy: i32, sx: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const segment = S * C;
  const line = <usize>(W * C) * F32;
  const room = <usize>(OH * OW) * ENTRY;
  for (let block = first; block < last; block++) {
    const k = block * 8;
    const filters = smaller(8, K - k);
    const mine = lists + <usize>block * (8 * room + 32);
    const lengths = mine + 8 * room;
    for (let n = 0; n < count; n++) {
      memory.fill(lengths, 0, 32);
      const image = x + <usize>(n * H) * line;
      let from = dy + <usize>(n * OH * OW * K + k) * F32;
      for (let oh = 0; oh < OH; oh++) {
        for (let ow = 0; ow < OW; ow++) {
          const patch = image + <usize>(oh * sy) * line + <usize>(ow * sx * C) * F32;
          const zero = f32x4.splat(0);
          let nonZero = i32x4.bitmask(f32x4.ne(v128.load(from), zero)) | (i32x4.bitmask(f32x4.ne(v128.load(from, 16), zero)) << 4);
          nonZero &= (1 << filters) - 1;
          while (nonZero) {
            const lane = ctz(nonZero);
            append(mine, room, lengths, lane, patch, f32.load(from + <usize>lane * F32));
            nonZero &= nonZero - 1;
          }
          from += <usize>K * F32;
        }
      }
      for (let lane = 0; lane < filters; lane++) {
        const list = mine + <usize>lane * room;
        const end = list + <usize>load<i32>(lengths + <usize>lane * 4) * ENTRY;
        let acc = drows + <usize>((k + lane) * R * segment) * F32;
        for (let r = 0; r < R; r++) {
          const start = <usize>r * line;
          let i = 0;
          for (; i + 16 <= segment; i += 16) accumulate16(list, end, start + <usize>i * F32, acc + <usize>i * F32);
          for (; i < segment; i += 4) accumulate4(list, end, start + <usize>i * F32, acc + <usize>i * F32, segment - i);
          acc += <usize>segment * F32;
        }
        const b = dbias + <usize>(k + lane) * F32;
        let sum = f32.load(b);
        for (let e = list; e < end; e += ENTRY) sum += f32.load(e, 4);
        f32.store(b, sum);
      }
    }
  }
}
