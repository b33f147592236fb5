/** A point, x to the right and y down. */
export type Point = readonly [x: number, y: number];

/** A picture being drawn, [H, W, C] in float64, 0 to 255. Shapes are filled without smoothing: draw large, then average. */
export interface Canvas {
  readonly values: Float64Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** One value per channel, or a function from the position to such values. */
export type Paint = readonly number[] | ((x: number, y: number) => readonly number[]);

export function createCanvas(height: number, width: number, channels: number, shade: number): Canvas {
  return { values: new Float64Array(height * width * channels).fill(shade), height, width, channels };
}

/** Fills a polygon, given in pixels: those whose centres lie inside it by the even–odd rule. */
export function fill(canvas: Canvas, points: readonly Point[], paint: Paint): void {
  const { values, height, width, channels } = canvas;
  const ys = points.map(([, y]) => y);
  const top = Math.max(0, Math.ceil(Math.min(...ys) - 0.5));
  const bottom = Math.min(height - 1, Math.floor(Math.max(...ys) - 0.5));
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5;
    const crossings: number[] = [];
    for (let i = 0; i < points.length; i++) {
      const [ax, ay] = points[i]!;
      const [bx, by] = points[(i + 1) % points.length]!;
      if (ay <= y !== by <= y) crossings.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const first = Math.max(0, Math.ceil(crossings[i]! - 0.5));
      const last = Math.min(width - 1, Math.ceil(crossings[i + 1]! - 0.5) - 1);
      for (let column = first; column <= last; column++) {
        const colour = typeof paint === 'function' ? paint(column + 0.5, y) : paint;
        for (let c = 0; c < channels; c++) values[(row * width + column) * channels + c] = colour[c]!;
      }
    }
  }
}

/** Draws a line of round ends and corners through points. */
export function stroke(canvas: Canvas, points: readonly Point[], thickness: number, paint: Paint): void {
  const radius = thickness / 2;
  points.forEach(([x, y], i) => {
    fill(canvas, ellipse(x, y, radius, radius), paint);
    const next = points[i + 1];
    if (!next) return;
    const dx = next[0] - x;
    const dy = next[1] - y;
    const length = Math.sqrt(dx * dx + dy * dy);
    if (length === 0) return;
    const nx = (-dy / length) * radius;
    const ny = (dx / length) * radius;
    fill(
      canvas,
      [
        [x + nx, y + ny],
        [next[0] + nx, next[1] + ny],
        [next[0] - nx, next[1] - ny],
        [x - nx, y - ny],
      ],
      paint,
    );
  });
}

const sides = 32;
/** cos and sin of 2π ÷ 32, written out because engines differ in the last bit of `Math.cos`. */
const turn = [0.9807852804032304, 0.19509032201612825] as const;
const unitCircle: readonly Point[] = (() => {
  const points: Point[] = [[1, 0]];
  while (points.length < sides) {
    const [x, y] = points.at(-1)!;
    points.push([x * turn[0] - y * turn[1], x * turn[1] + y * turn[0]]);
  }
  return points;
})();

/** An ellipse as a polygon. */
export function ellipse(x: number, y: number, rx: number, ry: number): Point[] {
  return unitCircle.map(([cx, cy]) => [x + rx * cx, y + ry * cy]);
}

/** A smooth line through points, a cubic between each two (Catmull and Rom 1974), in `pieces` straight pieces. */
export function smooth(points: readonly Point[], pieces = 6): Point[] {
  if (points.length < 3) return [...points];
  const at = (i: number) => points[Math.min(points.length - 1, Math.max(0, i))]!;
  const line: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const cubic = (k: 0 | 1, t: number) =>
      0.5 *
      (2 * b[k] +
        (c[k] - a[k]) * t +
        (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t +
        (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t * t * t);
    for (let piece = 1; piece <= pieces; piece++) line.push([cubic(0, piece / pieces), cubic(1, piece / pieces)]);
  }
  return line;
}

/** Rotates points about a centre; `half` is the tangent of half the angle, clockwise as y points down. */
export function rotate(points: readonly Point[], half: number, [cx, cy]: Point): Point[] {
  const square = half * half;
  const cos = (1 - square) / (1 + square);
  const sin = (2 * half) / (1 + square);
  return points.map(([x, y]) => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos]);
}

/** 8-bit pixels of a canvas, each the mean of `factor` × `factor` of the canvas's. */
export function averaged({ values, height, width, channels }: Canvas, factor: number): Uint8Array {
  const pixels = new Uint8Array((height / factor) * (width / factor) * channels);
  const line = width * channels;
  let to = 0;
  for (let y = 0; y < height; y += factor) {
    for (let x = 0; x < line; x += factor * channels) {
      for (let c = 0; c < channels; c++, to++) {
        let sum = 0;
        for (let row = y; row < y + factor; row++) {
          for (let i = 0; i < factor; i++) sum += values[row * line + x + i * channels + c]!;
        }
        pixels[to] = Math.floor(sum / (factor * factor) + 0.5);
      }
    }
  }
  return pixels;
}

/** A closed smooth outline mirrored about x = 0.5, from half widths at heights, top to bottom. */
export function mirrored(profile: readonly Point[]): Point[] {
  const right = smooth(profile.map(([half, y]): Point => [0.5 + half, y]));
  return [...right, ...right.map(([x, y]): Point => [1 - x, y]).reverse()];
}

/** A rectangle. */
export const box = (x: number, y: number, width: number, height: number): Point[] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

/** Points from `x,y x,y …` in hundredths. */
export function points(text: string): Point[] {
  return text.split(' ').map((pair): Point => {
    const [x, y] = pair.split(',').map(Number);
    return [x! / 100, y! / 100];
  });
}
