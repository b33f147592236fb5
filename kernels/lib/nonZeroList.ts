import { storeLanes } from './lanes';

/**
 * A list of non-zero gradients holds what passes a gradient on: entries of an address or offset (uint32) and a gradient (float32). Behind
 * ReLU, dropout and max pooling most gradients are zero, and the sums run over the others alone.
 */

/** Bytes of one entry. */
export const ENTRY: usize = 8;

/**
 * acc[0…16) += Σ over the list of g · x[offset…]; the accumulators stay in registers over the list. Four of them: V8
 * gathers a turn's loads before its sums, and with eight loads and eight sums the registers run out (half the speed).
 */
// @ts-ignore: decorator
@inline
export function accumulate16(list: usize, end: usize, offset: usize, acc: usize): void {
  let a0 = v128.load(acc), a1 = v128.load(acc, 16), a2 = v128.load(acc, 32), a3 = v128.load(acc, 48);
  for (let e = list; e < end; e += ENTRY) {
    const x = <usize>load<u32>(e) + offset;
    const g = v128.load32_splat(e, 4);
    a0 = f32x4.add(a0, f32x4.mul(g, v128.load(x)));
    a1 = f32x4.add(a1, f32x4.mul(g, v128.load(x, 16)));
    a2 = f32x4.add(a2, f32x4.mul(g, v128.load(x, 32)));
    a3 = f32x4.add(a3, f32x4.mul(g, v128.load(x, 48)));
  }
  v128.store(acc, a0);
  v128.store(acc, a1, 16);
  v128.store(acc, a2, 32);
  v128.store(acc, a3, 48);
}

/** The same for one vector, of which `lanes` count. x may be read past its end, acc is never written past it. */
// @ts-ignore: decorator
@inline
export function accumulate4(list: usize, end: usize, offset: usize, acc: usize, lanes: i32): void {
  let a = v128.load(acc);
  for (let e = list; e < end; e += ENTRY) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(e, 4), v128.load(<usize>load<u32>(e) + offset)));
  }
  storeLanes(acc, a, lanes);
}
