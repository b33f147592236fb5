import { convertPhoto } from '../../../data/convertPhoto.ts';
import type { RandomSequence } from '../../../engine/random.ts';
import { averaged, createCanvas, ellipse, fill, type Paint, type Point, rotate, stroke } from './canvas.ts';

/** What an object is drawn with. Places are shares of the object's box; a tone multiplies its colour: 1 is the colour itself. */
export interface Pen {
  polygon(tone: number, ...points: Point[]): void;
  ellipse(x: number, y: number, rx: number, ry: number, tone: number): void;
  line(thickness: number, tone: number, ...points: Point[]): void;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
}

/** Draws one thing, no two alike. */
export type DrawObject = (pen: Pen) => void;

const longEdge = 104;
const margin = 8;

/**
 * A product photo of some other thing, sent through the conversion that photos of garments go through: one colour and its
 * tones, lit from a side, a little turned, on a plain light ground.
 *
 * @returns [28, 28, 1], 8-bit
 */
export function drawPhoto(objects: readonly DrawObject[], random: RandomSequence): Uint8Array {
  const between = (low: number, high: number) => low + (high - low) * random.float();
  const object = objects[random.below(objects.length)]!;
  const ground = Math.floor(between(238, 256));
  const brightness = between(15, 215);
  const colour = [0, 1, 2].map(() => Math.min(215, Math.max(5, brightness + between(-60, 60))));
  const [lightX, lightY] = [between(-0.35, 0.35), between(-0.2, 0.2)];
  const turn = between(-0.06, 0.06);
  const [wide, high] = [between(0.8, 1), between(0.8, 1)];
  const canvas = createCanvas(longEdge + 2 * margin, longEdge + 2 * margin, 3, ground);

  const middle: Point = [canvas.width / 2, canvas.height / 2];
  const place = (points: readonly Point[]) =>
    rotate(
      points.map(([x, y]): Point => [middle[0] + (x - 0.5) * wide * longEdge, middle[1] + (y - 0.5) * high * longEdge]),
      turn,
      middle,
    );
  const paint =
    (tone: number): Paint =>
    (x, y) => {
      const light = tone * (1 + (lightX * (x - middle[0]) + lightY * (y - middle[1])) / longEdge);
      return colour.map((value) =>
        Math.min(250, Math.max(0, light <= 1 ? value * light : 250 - (250 - value) / light)),
      );
    };
  object({
    polygon: (tone, ...points) => fill(canvas, place(points), paint(tone)),
    ellipse: (x, y, rx, ry, tone) => fill(canvas, place(ellipse(x, y, rx, ry)), paint(tone)),
    line: (thickness, tone, ...points) => stroke(canvas, place(points), thickness * longEdge, paint(tone)),
    between,
    chance: (probability) => random.float() < probability,
  });
  const { height, width, channels } = canvas;
  const photo = { pixels: averaged(canvas, 1), height, width, channels };
  return convertPhoto(photo, { treatAs: 'photo', name: 'a drawn photo' }).image.pixels;
}
