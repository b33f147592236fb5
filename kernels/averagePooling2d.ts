import { F32, V128, larger, smaller } from './lib/lanes';
import { scratch } from './lib/scratch';

/**
 * y[n, oh, ow, c] = the mean over the part of the window that is inside the picture. Each row of the window is summed from
 * left to right, and the rows' sums from top to bottom. The first window begins `top` rows above the picture and `left`
 * columns beside it. One unit is one image.
 */
export function averagePooling2dForward(
  x: usize, y: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H) * line;
    let to = y + <usize>(n * OH * OW) * pixel;
    for (let oh = 0; oh < OH; oh++) {
      const h0 = larger(0, oh * sy - top);
      const h1 = smaller(H, oh * sy - top + R);
      for (let ow = 0; ow < OW; ow++) {
        const w0 = larger(0, ow * sx - left);
        const w1 = smaller(W, ow * sx - left + S);
        const corner = image + <usize>(h0 * W + w0) * pixel;
        const length = <usize>(w1 - w0) * pixel;
        const end = corner + <usize>(h1 - h0) * line;
        const values = <f32>((h1 - h0) * (w1 - w0));
        const divisor = f32x4.splat(values);
        let c: usize = 0;
        for (; c + 4 * V128 <= pixel; c += 4 * V128) {
          let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
          for (let row = corner + c; row < end; row += line) {
            let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
            for (let p = row; p < row + length; p += pixel) {
              b0 = f32x4.add(b0, v128.load(p));
              b1 = f32x4.add(b1, v128.load(p, 16));
              b2 = f32x4.add(b2, v128.load(p, 32));
              b3 = f32x4.add(b3, v128.load(p, 48));
            }
            a0 = f32x4.add(a0, b0);
            a1 = f32x4.add(a1, b1);
            a2 = f32x4.add(a2, b2);
            a3 = f32x4.add(a3, b3);
          }
          v128.store(to + c, f32x4.div(a0, divisor));
          v128.store(to + c, f32x4.div(a1, divisor), 16);
          v128.store(to + c, f32x4.div(a2, divisor), 32);
          v128.store(to + c, f32x4.div(a3, divisor), 48);
        }
        for (; c + V128 <= pixel; c += V128) {
          let a = f32x4.splat(0);
          for (let row = corner + c; row < end; row += line) {
            let b = f32x4.splat(0);
            for (let p = row; p < row + length; p += pixel) b = f32x4.add(b, v128.load(p));
            a = f32x4.add(a, b);
          }
          v128.store(to + c, f32x4.div(a, divisor));
        }
        for (; c < pixel; c += F32) {
          let a: f32 = 0;
          for (let row = corner + c; row < end; row += line) {
            let b: f32 = 0;
            for (let p = row; p < row + length; p += pixel) b += f32.load(p);
            a += b;
          }
          f32.store(to + c, a / values);
        }
        to += pixel;
      }
    }
  }
}

/**
 * Each gradient goes in equal parts to the inputs of its window, added in the order of the windows. One unit is one image;
 * scratch holds one part of each channel, in whole vectors.
 */
export function averagePooling2dBackward(
  dy: usize, dx: usize,
  H: i32, W: i32, C: i32, R: i32, S: i32, sy: i32, sx: i32, top: i32, left: i32, OH: i32, OW: i32,
  count: i32, first: i32, last: i32,
): void {
  const pixel = <usize>C * F32;
  const line = <usize>W * pixel;
  const size = <usize>H * line;
  for (let n = first; n < last; n++) {
    const image = dx + <usize>n * size;
    memory.fill(image, 0, size);
    let from = dy + <usize>(n * OH * OW) * pixel;
    for (let oh = 0; oh < OH; oh++) {
      const h0 = larger(0, oh * sy - top);
      const h1 = smaller(H, oh * sy - top + R);
      for (let ow = 0; ow < OW; ow++) {
        const w0 = larger(0, ow * sx - left);
        const w1 = smaller(W, ow * sx - left + S);
        const divisor = f32x4.splat(<f32>((h1 - h0) * (w1 - w0)));
        for (let c: usize = 0; c < pixel; c += V128) v128.store(scratch + c, f32x4.div(v128.load(from + c), divisor));
        for (let h = h0; h < h1; h++) {
          let to = image + <usize>(h * W + w0) * pixel;
          for (let w = w0; w < w1; w++) {
            let c: usize = 0;
            for (; c + V128 <= pixel; c += V128) {
              v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(scratch + c)));
            }
            for (; c < pixel; c += F32) f32.store(to + c, f32.load(to + c) + f32.load(scratch + c));
            to += pixel;
          }
        }
        from += pixel;
      }
    }
  }
}
