import { F32 } from './lib/lanes';

/** The greatest common divisor. */
function common(a: i32, b: i32): i32 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/**
 * How much of output pixel `to` lies in input pixel `from`, where the output pixel is `input` long and the input pixel `output`: their
 * numbers have that ratio.
 */
// @ts-ignore: decorator
@inline
function overlap(to: i32, from: i32, input: i32, output: i32): f32 {
  return <f32>(min((to + 1) * input, (from + 1) * output) - max(to * input, from * output));
}

/**
 * Scales images down by averaging areas: y[n, oh, ow, c] is the mean of x[n, :, :, c] over the rectangle of the input that the output
 * pixel covers, with the pixels on its border weighted by their share in it (OpenCV's INTER_AREA). x is [N, H, W, C], y [N, OH, OW, C],
 * OH ≤ H, OW ≤ W. Weights are the smallest whole numbers that have the shares' ratios; sums are float32, each row's pixels first, then
 * the rows, and are divided by the weights' sum. One unit is one image.
 */
export function resizeArea(
  x: usize, y: usize, H: i32, W: i32, C: i32, OH: i32, OW: i32, count: i32, first: i32, last: i32,
): void {
  const rows = common(H, OH);
  const height = H / rows;
  const outputHeight = OH / rows;
  const columns = common(W, OW);
  const width = W / columns;
  const outputWidth = OW / columns;
  const area = <f32>(height * width);
  for (let n = first; n < last; n++) {
    const image = x + <usize>(n * H * W * C) * F32;
    let to = y + <usize>(n * OH * OW * C) * F32;
    for (let oh = 0; oh < OH; oh++) {
      const top = (oh * height) / outputHeight;
      const bottom = ((oh + 1) * height + outputHeight - 1) / outputHeight;
      for (let ow = 0; ow < OW; ow++) {
        const left = (ow * width) / outputWidth;
        const right = ((ow + 1) * width + outputWidth - 1) / outputWidth;
        for (let c = 0; c < C; c++, to += F32) {
          let sum: f32 = 0;
          for (let h = top; h < bottom; h++) {
            let row: f32 = 0;
            let from = image + <usize>((h * W + left) * C + c) * F32;
            for (let w = left; w < right; w++, from += <usize>C * F32) {
              row += overlap(ow, w, width, outputWidth) * f32.load(from);
            }
            sum += overlap(oh, h, height, outputHeight) * row;
          }
          f32.store(to, sum / area);
        }
      }
    }
  }
}
