import type { PixelImage } from '../images.ts';
import type { Box } from './trim.ts';

/** Height and width, in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * The largest size of the same proportions that fits a box: both edges × min(box.width / width, box.height / height),
 * rounded to the nearest, at least 1.
 */
export function fitInto(size: Size, box: Size): Size {
  const scale = Math.min(box.width / size.width, box.height / size.height);
  return {
    height: Math.max(1, Math.floor(size.height * scale + 0.5)),
    width: Math.max(1, Math.floor(size.width * scale + 0.5)),
  };
}

/**
 * Shrinks a picture by averaging: each new pixel is the mean of the area it covers, border pixels weighted by the part
 * that lies inside, rounded to the nearest. The same as ImageMagick's `-scale`.
 *
 * All sums are of integers below 2^53, hence exact: an old pixel is `target.width × target.height` units wide and high,
 * a new one `width × height` units.
 *
 * @param image [H, W, C], 8-bit.
 * @param target no edge longer than the picture's own.
 */
export function areaAverage(image: PixelImage, target: Size): PixelImage {
  const { pixels, height, width, channels } = image;
  if (target.height === height && target.width === width) return image;

  const cells = cellsOf(width, target.width);
  const stride = target.width * channels;
  const row = new Float64Array(stride);
  const sums = new Float64Array(target.height * stride);
  for (let y = 0; y < height; y++) {
    sumRow(pixels.subarray(y * width * channels, (y + 1) * width * channels), channels, cells, row);
    const first = Math.floor((y * target.height) / height);
    const inFirst = Math.min(target.height, (first + 1) * height - y * target.height);
    const inNext = target.height - inFirst;
    const base = first * stride;
    for (let i = 0; i < stride; i++) sums[base + i]! += inFirst * row[i]!;
    if (inNext > 0) for (let i = 0; i < stride; i++) sums[base + stride + i]! += inNext * row[i]!;
  }

  const area = height * width;
  const averaged = new Uint8Array(sums.length);
  // An indexed loop: Uint8Array.from takes ten times as long.
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i]!;
    averaged[i] = Math.floor((2 * sum + area) / (2 * area));
  }
  return { pixels: averaged, ...target, channels };
}

/** The old pixels that one new pixel touches along a row, and how many units of the two outermost lie outside it. */
interface Cell {
  readonly first: number;
  readonly last: number;
  readonly outsideFirst: number;
  readonly outsideLast: number;
}

function cellsOf(width: number, targetWidth: number): Cell[] {
  return Array.from({ length: targetWidth }, (_, cell) => {
    const start = cell * width;
    const end = start + width;
    const first = Math.floor(start / targetWidth);
    const last = Math.ceil(end / targetWidth) - 1;
    return { first, last, outsideFirst: start - first * targetWidth, outsideLast: (last + 1) * targetWidth - end };
  });
}

/** Sums one row of pixels into cells, each pixel worth as many units as there are cells. */
function sumRow(row: Uint8Array, channels: number, cells: readonly Cell[], sums: Float64Array): void {
  let to = 0;
  for (const { first, last, outsideFirst, outsideLast } of cells) {
    for (let c = 0; c < channels; c++) {
      let touched = 0;
      for (let at = first * channels + c; at <= last * channels + c; at += channels) touched += row[at]!;
      const outside = outsideFirst * row[first * channels + c]! + outsideLast * row[last * channels + c]!;
      sums[to++] = cells.length * touched - outside;
    }
  }
}

/** A new pixel along an axis: between two old ones, the second with `share` of `2 · to` parts. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** Half-pixel centres; beyond the outermost centres the outermost pixel goes on. */
function betweens(from: number, to: number): Between[] {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.min(Math.max((2 * i + 1) * from - to, 0), 2 * to * (from - 1));
    const first = Math.floor(place / (2 * to));
    return { first, second: Math.min(first + 1, from - 1), share: place - first * 2 * to };
  });
}

/**
 * Enlarges a picture by bilinear interpolation with half-pixel centres, rounded to the nearest, a half up. All sums are of integers
 * below 2^53, hence exact.
 * @param image [H, W, C], 8-bit
 * @param target no edge shorter than the picture's own
 */
export function enlarge(image: PixelImage, target: Size): PixelImage {
  const { height, width, channels } = image;
  if (target.height === height && target.width === width) return image;
  const columns = betweens(width, target.width);
  const rows = betweens(height, target.height);
  const wide = new Float64Array(height * target.width * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (const { first, second, share } of columns) {
      for (let c = 0; c < channels; c++) {
        const left = image.pixels[(y * width + first) * channels + c]!;
        const right = image.pixels[(y * width + second) * channels + c]!;
        wide[to++] = (2 * target.width - share) * left + share * right;
      }
    }
  }
  const stride = target.width * channels;
  const whole = 4 * target.width * target.height;
  const pixels = new Uint8Array(target.height * stride);
  to = 0;
  for (const { first, second, share } of rows) {
    for (let i = 0; i < stride; i++) {
      const sum = (2 * target.height - share) * wide[first * stride + i]! + share * wide[second * stride + i]!;
      pixels[to++] = Math.floor((2 * sum + whole) / (2 * whole));
    }
  }
  return { pixels, ...target, channels };
}

/** A picture of another size: edges that become shorter are averaged, longer ones interpolated. Proportions may change. */
export function resize(image: PixelImage, { height, width }: Size): PixelImage {
  const smaller = { height: Math.min(height, image.height), width: Math.min(width, image.width) };
  return enlarge(areaAverage(image, smaller), { height, width });
}

/**
 * Resizes a part of a picture by picking pixels, no averaging, as ImageMagick's `-sample` does: new pixel i takes the old
 * pixel under its centre, `⌈(i + ½) · old / new⌉ − 1`; a centre on the border of two takes the left or upper one.
 *
 * @param image [H, W, C].
 * @param box the part to resize; it lies inside the picture.
 * @returns [target.height, target.width, C].
 */
export function sample(image: PixelImage, box: Box, target: Size): PixelImage {
  const { channels } = image;
  const columns = picks(box.left, box.width, target.width);
  const rows = picks(box.top, box.height, target.height);
  const pixels = new Uint8Array(target.height * target.width * channels);
  let to = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = (y * image.width + x) * channels;
      for (let c = 0; c < channels; c++) pixels[to++] = image.pixels[from + c]!;
    }
  }
  return { pixels, ...target, channels };
}

function picks(start: number, from: number, to: number): number[] {
  return Array.from({ length: to }, (_, i) => start + Math.ceil(((2 * i + 1) * from) / (2 * to)) - 1);
}
