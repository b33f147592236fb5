import type { Html } from '../../html.ts';
import { raw } from '../../html.ts';

export type Color = readonly [red: number, green: number, blue: number];

/** Colours at even distances along a scale; between them, straight lines in sRGB. */
export type Colormap = readonly Color[];

/**
 * For values from 0 up: from near-black indigo to cream. Lightness rises evenly (OKLab, 0.16 to 0.975), so the order of
 * values can be seen in grey and by colour-blind readers.
 */
export const sequential: Colormap = [
  [12, 11, 28],
  [26, 30, 77],
  [24, 58, 124],
  [29, 95, 138],
  [29, 134, 144],
  [71, 170, 132],
  [162, 195, 98],
  [228, 217, 119],
  [255, 247, 213],
];

/**
 * For signed values: blue below 0, near-white at 0, orange above. Lightness falls evenly and alike to both sides (OKLab,
 * 0.975 to 0.54); blue and orange stay apart for colour-blind readers.
 */
export const diverging: Colormap = [
  [29, 110, 201],
  [86, 145, 219],
  [137, 179, 234],
  [188, 213, 246],
  [247, 247, 247],
  [242, 203, 169],
  [229, 158, 105],
  [213, 111, 38],
  [179, 74, 0],
];

/** For pictures: black to white. */
export const grey: Colormap = [
  [0, 0, 0],
  [255, 255, 255],
];

/** The colour at t from 0 to 1. */
export function colorAt(colormap: Colormap, t: number): Color {
  const at = Math.min(1, Math.max(0, t)) * (colormap.length - 1);
  const before = Math.min(colormap.length - 2, Math.floor(at));
  const [from, to] = [colormap[before]!, colormap[before + 1]!];
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (at - before) * (to[i] - from[i]));
  return [mix(0), mix(1), mix(2)];
}

/** The scale as a CSS gradient, first colour on the left. */
export function cssGradient(colormap: Colormap): Html {
  return raw(`linear-gradient(to right, ${colormap.map((color) => `rgb(${color.join(' ')})`).join(', ')})`);
}
