import type { RandomSequence } from '../../../engine/random.ts';
import { averaged, createCanvas, type Point, rotate, smooth, stroke } from './canvas.ts';
import type { Glyph } from './glyphs.ts';

const edge = 28;
/** Pixels drawn for each pixel of the picture, along one edge. */
const fine = 4;
/** The box that the line of the pen fills, as in MNIST. */
const box = 20;

/**
 * A character as a hand would write it: its points moved a little, slanted, turned, narrowed, with a pen of some thickness;
 * then, as MNIST was made, fitted into 20×20 and centred by its mass in 28×28, light on black.
 *
 * @param ways the ways to write each character
 * @returns [28, 28, 1], 8-bit
 * @see LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III
 */
export function drawHandwriting(ways: readonly (readonly Glyph[])[], random: RandomSequence): Uint8Array {
  const some = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const between = (low: number, high: number) => low + (high - low) * random.float();
  const glyph = some(some(ways));
  const slant = between(-0.12, 0.45);
  const turn = between(-0.1, 0.1);
  const narrow = between(0.55, 0.95);
  const thickness = between(1.3, 3.6);
  const written = glyph.map((points) => {
    const moved = points.map(([x, y]): Point => {
      const [jx, jy] = [x + between(-0.05, 0.05), y + between(-0.05, 0.05)];
      return [jx * narrow + slant * (0.5 - jy), jy];
    });
    return smooth(rotate(moved, turn, [0.5, 0.5]));
  });

  const all = written.flat();
  const [left, right] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const [top, bottom] = [Math.min(...all.map(([, y]) => y)), Math.max(...all.map(([, y]) => y))];
  const scale = (box - thickness) / Math.max(right - left, bottom - top);
  const place = ([x, y]: Point, shift: Point): Point => [
    (edge / 2 + (x - (left + right) / 2) * scale + shift[0]) * fine,
    (edge / 2 + (y - (top + bottom) / 2) * scale + shift[1]) * fine,
  ];
  const ink = between(200, 255);
  const draw = (shift: Point) => {
    const canvas = createCanvas(edge * fine, edge * fine, 1, 0);
    for (const line of written) {
      stroke(
        canvas,
        line.map((point) => place(point, shift)),
        thickness * fine,
        [ink],
      );
    }
    return averaged(canvas, fine);
  };
  const [x, y] = centreOf(draw([0, 0]));
  return draw([edge / 2 - x, edge / 2 - y]);
}

/** The centre of the light, in pixels from the top left corner. */
function centreOf(pixels: Uint8Array): Point {
  let mass = 0;
  let x = 0;
  let y = 0;
  pixels.forEach((value, i) => {
    mass += value;
    x += value * ((i % edge) + 0.5);
    y += value * (Math.floor(i / edge) + 0.5);
  });
  return [x / mass, y / mass];
}
