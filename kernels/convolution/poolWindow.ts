import { storeLanes } from '../lib/lanes';

/** What the fused convolutions share: ReLU, dropout and 2×2 max pooling in registers. */

/** All ones in the lanes whose bit of the low four is set. */
// @ts-ignore: decorator
@inline
export function spreadBits(bits: i32): v128 {
  const lanes = i32x4(1, 2, 4, 8);
  return i32x4.eq(v128.and(i32x4.splat(bits), lanes), lanes);
}

/** Eight of a mask's bits, from bit `element` on. */
// @ts-ignore: decorator
@inline
export function eightBits(mask: usize, element: i32): i32 {
  return <i32>load<u16>(mask + <usize>(element >> 3)) >> (element & 7);
}

/** Set in the code of a pooled value that passes no gradient on: its window's maximum is zero. */
export const NO_GRADIENT: u32 = 4;

/** Stores eight codes, the low byte of each lane; only the first `n` where fewer. */
// @ts-ignore: decorator
@inline
export function storeCodes(to: usize, a: v128, b: v128, n: i32): void {
  const words = i16x8.narrow_i32x4_s(a, b);
  const bytes = i8x16.narrow_i16x8_u(words, words);
  if (n >= 8) {
    v128.store64_lane(to, bytes, 0);
  } else {
    let rest = i64x2.extract_lane(bytes, 0);
    for (let i = 0; i < n; i++) {
      store<u8>(to + i, <u8>rest);
      rest >>= 8;
    }
  }
}

/**
 * Stores scale · max(p0, p1, p2, p3, 0) for four filters and returns the codes of their argmax, if `wanted`: 0 to 3, the
 * first of equals, and NO_GRADIENT where nothing is above zero. ReLU and the scale of dropout commute with the maximum, so they come once, after it.
 * A NaN wins only if it comes first: it arises where sums overflow, and then reaches the loss through other windows too.
 */
// @ts-ignore: decorator
@inline
export function storeMaximum(
  p0: v128, p1: v128, p2: v128, p3: v128, scale: v128, to: usize, n: i32, wanted: bool,
): v128 {
  const zero = f32x4.splat(0);
  const best = f32x4.pmax(f32x4.pmax(f32x4.pmax(p0, p1), p2), p3);
  storeLanes(to, f32x4.mul(f32x4.pmax(best, zero), scale), n);
  if (!wanted) return zero;
  const not0 = f32x4.ne(p0, best);
  const not1 = v128.and(not0, f32x4.ne(p1, best));
  const not2 = v128.and(not1, f32x4.ne(p2, best));
  const code = i32x4.neg(i32x4.add(i32x4.add(not0, not1), not2));
  return v128.or(code, v128.and(f32x4.le(best, zero), i32x4.splat(NO_GRADIENT)));
}
