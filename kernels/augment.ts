import { F32 } from './lib/lanes';
import { drawInto } from './lib/philox';
import { scratch } from './lib/scratch';

/** Uniform over 0 … n − 1, within n · 2⁻³². */
// @ts-ignore: decorator
@inline
function below(draw: u32, n: i32): i32 {
  return <i32>((<u64>draw * <u64>n) >> 32);
}

/** 1 + u · most, u uniform in [−1, 1) in steps of 2⁻²³. */
// @ts-ignore: decorator
@inline
function factor(draw: u32, most: f32): f32 {
  return <f32>1 + most * (<f32>(draw >> 8) * <f32>1.1920928955078125e-7 - <f32>1);
}

/** The mean of `size` bytes. */
function mean(x: usize, size: i32): f32 {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += <i32>load<u8>(x + i);
  return <f32>sum / <f32>size;
}

/**
 * `scalePixels` with augmentation; x is uint8 and y float32, both [N, H, W, C]. In this order, image by image:
 *
 * 1. shift: the picture between zeros is cut out at an offset of −`shift` … `shift` rows and columns;
 * 2. flip: 0 never, 1 with probability ½ in each epoch, 2 in every second epoch, which half of the images begin with;
 * 3. brightness b and contrast c, from 1 ± their arguments: p becomes c · b · p + (1 − c) · b · mean, cut to the range of pixels; mean
 *    is that of the whole picture;
 * 4. cutout: a square with sides of `cutout`, inside the picture, is zero.
 *
 * A draw is a function of the seed, the epoch, the image's index in the data set and the purpose: Philox with the key `seed` and the
 * counter (purpose, sample, epoch, stream). Purposes: 0 rows and columns of the shift, 1 flip (epoch 0 for kind 2), 2 rows and
 * columns of the cutout, 3 brightness and contrast. What is off draws nothing that matters, so it does not change the rest.
 *
 * samples uint32 [N]; context: seed (two uint32), step, epoch (uint32). Takes 1088 bytes of scratch. One unit is one image.
 */
export function augmentPixels(
  x: usize, y: usize, samples: usize, context: usize, H: i32, W: i32, C: i32, divisor: f32, shift: i32, flip: i32, cutout: i32,
  brightness: f32, contrast: f32, stream: u32, count: i32, first: i32, last: i32,
): void {
  const seed0 = load<u32>(context);
  const seed1 = load<u32>(context, 4);
  const epoch = load<u32>(context, 12);
  const size = H * W * C;
  const most = <f32>255 / divisor;
  const draws = scratch;
  const table = scratch + 64;
  const purposes = i32x4(0, 1, 2, 3);
  const epochs = i32x4.replace_lane(i32x4.splat(epoch), 1, flip == 2 ? 0 : epoch);
  for (let n = first; n < last; n++) {
    const sample = i32x4.splat(load<u32>(samples + <usize>n * 4));
    drawInto(draws, purposes, sample, epochs, i32x4.splat(stream), seed0, seed1);
    const top = below(load<u32>(draws), 2 * shift + 1) - shift;
    const left = below(load<u32>(draws, 16), 2 * shift + 1) - shift;
    const half = load<u32>(draws, 4) >> 31;
    const isFlipped = flip == 2 ? (half ^ epoch) & 1 : flip == 1 ? half : 0;

    const from = x + <usize>(n * size);
    const b = factor(load<u32>(draws, 12), brightness);
    const c = factor(load<u32>(draws, 28), contrast);
    const gain = c * b;
    const offset = contrast == 0 ? <f32>0 : ((<f32>1 - c) * b * mean(from, size)) / divisor;
    for (let byte = 0; byte < 256; byte++) {
      const value = gain * (<f32>byte / divisor) + offset;
      f32.store(table + <usize>byte * F32, min(max(value, <f32>0), most));
    }

    const outside = f32.load(table);
    const row = <usize>(W * C) * F32;
    const pixel = isFlipped ? -C : C;
    // The columns that lie in the picture.
    const shown = isFlipped ? -left : left;
    const begin = min(max(0, -shown), W);
    const end = max(min(W, W - shown), begin);
    const target = y + <usize>(n * size) * F32;
    for (let h = 0; h < H; h++) {
      let to = target + <usize>h * row;
      const line = to + row;
      if (h + top >= 0 && h + top < H) {
        for (let i = 0; i < begin * C; i++, to += F32) f32.store(to, outside);
        let at = ((h + top) * W + (isFlipped ? W - 1 - begin : begin) + left) * C;
        for (let w = begin; w < end; w++, at += pixel) {
          for (let i = 0; i < C; i++, to += F32) f32.store(to, f32.load(table + <usize>load<u8>(from + at + i) * F32));
        }
      }
      for (; to < line; to += F32) f32.store(to, outside);
    }

    if (cutout > 0) {
      const square = target + <usize>(below(load<u32>(draws, 8), H - cutout + 1) * W * C) * F32;
      const side = <usize>(below(load<u32>(draws, 24), W - cutout + 1) * C) * F32;
      for (let h = 0; h < cutout; h++) memory.fill(square + side + <usize>h * row, 0, <usize>(cutout * C) * F32);
    }
  }
}
