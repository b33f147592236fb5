import { type Point, smooth } from './canvas.ts';

/** A closed smooth outline mirrored about x = 0.5, from half widths at heights, top to bottom. */
export function turned(profile: readonly Point[]): Point[] {
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
