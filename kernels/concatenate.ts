import { F32, V128 } from './lib/lanes';

/**
 * Copies `channels` floats of every position, from rows that are `from` floats apart to rows `to` floats apart: channels
 * of x into a place among those of y, or out of it. x is [N, positions, from], y [N, positions, to].
 */
export function copyChannels(
  x: usize, y: usize, positions: i32, channels: i32, from: i32, to: i32, count: i32, first: i32, last: i32,
): void {
  const bytes = <usize>channels * F32;
  for (let p = first * positions; p < last * positions; p++) {
    const source = x + <usize>(p * from) * F32;
    const target = y + <usize>(p * to) * F32;
    let c: usize = 0;
    for (; c + V128 <= bytes; c += V128) v128.store(target + c, v128.load(source + c));
    for (; c < bytes; c += F32) f32.store(target + c, f32.load(source + c));
  }
}
