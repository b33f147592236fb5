import { F32, V128 } from './lib/lanes';
import { spreadBits } from './convolution/poolWindow';
import { drawInto } from './lib/philox';

/**
 * One bit an element, set with probability `keep` ÷ 65536: whether dropout keeps it.
 *
 * Bits come from Philox4x32-10 (Salmon et al. 2011) with the key `seed` (two uint32) and the counter (block · 16 + digit,
 * sample's index in the data set, step, stream), four blocks of 128 bits at a time; stream tells the layer. `keep` is
 * written in binary and its digits, from the lowest set one up, fold one random bit each into the element's bit: OR for 1,
 * AND for 0. So a rate of 0.5 costs one random bit an element, and any rate at most sixteen.
 *
 * mask [N, bytes], bytes a multiple of 64; samples uint32 [N]; context: seed (two uint32), step (uint32). One unit is one image.
 */
export function dropoutMask(
  mask: usize, samples: usize, context: usize, stream: u32, keep: u32, bytes: i32, count: i32, first: i32, last: i32,
): void {
  const key0 = load<u32>(context);
  const key1 = load<u32>(context, 4);
  const step = i32x4.splat(load<u32>(context, 8));
  const layer = i32x4.splat(stream);
  const lowest = <u32>ctz(keep);
  for (let n = first; n < last; n++) {
    const sample = i32x4.splat(load<u32>(samples + <usize>n * 4));
    const row = mask + <usize>(n * bytes);
    for (let at = 0; at < bytes; at += 64) {
      const block = at >> 4;
      const to = row + <usize>at;
      let c0 = v128.splat<i32>(0), c1 = c0, c2 = c0, c3 = c0;
      for (let digit = lowest; digit < 16; digit++) {
        const counter = i32x4.add(i32x4(0, 16, 32, 48), i32x4.splat(block * 16 + <i32>digit));
        drawInto(to, counter, sample, step, layer, key0, key1);
        const d0 = v128.load(to), d1 = v128.load(to, 16), d2 = v128.load(to, 32), d3 = v128.load(to, 48);
        if ((keep >> digit) & 1) {
          c0 = v128.or(c0, d0);
          c1 = v128.or(c1, d1);
          c2 = v128.or(c2, d2);
          c3 = v128.or(c3, d3);
        } else {
          c0 = v128.and(c0, d0);
          c1 = v128.and(c1, d1);
          c2 = v128.and(c2, d2);
          c3 = v128.and(c3, d3);
        }
      }
      v128.store(to, c0);
      v128.store(to, c1, 16);
      v128.store(to, c2, 32);
      v128.store(to, c3, 48);
    }
  }
}

/**
 * Inverted dropout: y = x · scale where the mask's bit is set, else 0; forward and, on gradients, backward.
 * x and y are [N, size]; mask [N, bytes], bit e & 7 of byte e >> 3 being element e's. One unit is one image.
 */
export function dropoutApply(
  x: usize, mask: usize, y: usize, scale: f32, size: i32, bytes: i32, count: i32, first: i32, last: i32,
): void {
  const factor = f32x4.splat(scale);
  for (let n = first; n < last; n++) {
    const row = mask + <usize>(n * bytes);
    let from = x + <usize>(n * size) * F32;
    let to = y + <usize>(n * size) * F32;
    let e = 0;
    for (; e + 8 <= size; e += 8) {
      const bits = <i32>load<u8>(row + (e >> 3));
      v128.store(to, v128.and(f32x4.mul(v128.load(from), factor), spreadBits(bits)));
      v128.store(to, v128.and(f32x4.mul(v128.load(from, 16), factor), spreadBits(bits >> 4)), 16);
      from += 2 * V128;
      to += 2 * V128;
    }
    for (; e < size; e++) {
      const kept = (load<u8>(row + (e >> 3)) >> <u8>(e & 7)) & 1;
      f32.store(to, kept ? f32.load(from) * scale : 0);
      from += F32;
      to += F32;
    }
  }
}
