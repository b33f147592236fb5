import { V128 } from '../lib/lanes';

/**
 * average += (w − average) · rate, rate being a float32 in memory; a rate of 1 copies. One unit is a vector of four
 * parameters; the arrays are padded to whole vectors.
 */
export function averageWeights(w: usize, average: usize, rate: usize, count: i32, first: i32, last: i32): void {
  const begin = <usize>first * V128;
  const end = <usize>last * V128;
  if (f32.load(rate) == 1) {
    memory.copy(average + begin, w + begin, end - begin);
    return;
  }
  const share = v128.load32_splat(rate);
  for (let i = begin; i < end; i += V128) {
    const before = v128.load(average + i);
    v128.store(average + i, f32x4.add(before, f32x4.mul(f32x4.sub(v128.load(w + i), before), share)));
  }
}
