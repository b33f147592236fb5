import type { RandomSequence } from '../../../engine/random.ts';
import { averaged, createCanvas, ellipse, fill, type Paint, type Point, points, rotate, stroke } from './canvas.ts';

/** A shape in a box from −1 to 1: filled parts, and parts cut out of them. */
export interface Icon {
  readonly filled: readonly (readonly Point[])[];
  readonly cut?: readonly (readonly Point[])[];
}

const edge = 28;
const fine = 4;

export const ring = (radius: number): Point[] => ellipse(0, 0, radius, radius);

/** The shapes on which the in-distribution score is measured. */
export const testIcons: readonly Icon[] = [
  { filled: [points('0,-100 25,-31 95,-31 38,12 59,81 0,40 -59,81 -38,12 -95,-31 -25,-31')] },
  { filled: [points('0,95 -95,-5 -90,-60 -50,-85 0,-45 50,-85 90,-60 95,-5')] },
  { filled: [points('-100,-28 10,-28 10,-80 100,0 10,80 10,28 -100,28')] },
  { filled: [ring(1)], cut: [points('-65,-20 65,-20 65,20 -65,20')] },
  { filled: [points('15,-100 -65,15 -10,15 -25,100 65,-25 5,-25')] },
  {
    filled: [ellipse(-0.35, -0.35, 0.6, 0.6), points('-5,10 10,-5 95,80 80,95')],
    cut: [ellipse(-0.35, -0.35, 0.4, 0.4)],
  },
  { filled: [ring(1)], cut: [ellipse(0.4, -0.15, 0.85, 0.85)] },
  { filled: [points('-100,-65 100,-65 100,65 -100,65')], cut: [points('-85,-50 0,15 85,-50 85,-35 0,33 -85,-35')] },
  { filled: [points('-80,-95 80,-95 12,0 80,95 -80,95 -12,0')] },
  { filled: [points('0,-100 100,0 0,100 -100,0')], cut: [points('0,-45 45,0 0,45 -45,0')] },
];

/**
 * A symbol as on a button, light on black: filled or in outline, of random size, slightly rotated and stretched.
 *
 * @returns [28, 28, 1], 8-bit
 */
export function drawIcon(icons: readonly Icon[], random: RandomSequence): Uint8Array {
  const between = (low: number, high: number) => low + (high - low) * random.float();
  const { filled, cut = [] } = icons[random.below(icons.length)]!;
  const [rx, ry] = [between(8, 13.5), between(8, 13.5)];
  const turn = between(-0.15, 0.15);
  const centre: Point = [edge / 2 + between(-0.5, 0.5), edge / 2 + between(-0.5, 0.5)];
  const [light, fade] = [between(90, 250), between(-4, 4)];
  const outline = random.float() < 0.3 ? between(1.2, 2.5) : 0;
  const canvas = createCanvas(edge * fine, edge * fine, 1, 0);
  const place = (shape: readonly Point[]) =>
    rotate(
      shape.map(([x, y]): Point => [(centre[0] + x * rx) * fine, (centre[1] + y * ry) * fine]),
      turn,
      [centre[0] * fine, centre[1] * fine],
    );
  const paint = (_: number, y: number) => [Math.min(255, Math.max(20, light + fade * (y / fine - edge / 2)))];
  const draw = (shape: readonly Point[], inside: Paint) => {
    const placed = place(shape);
    if (outline > 0) stroke(canvas, [...placed, placed[0]!], outline * fine, paint);
    else fill(canvas, placed, inside);
  };
  for (const shape of filled) draw(shape, paint);
  for (const shape of cut) draw(shape, [0]);
  return averaged(canvas, fine);
}
