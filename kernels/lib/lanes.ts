/** Bytes of a float32, and of a vector of four. */
export const F32: usize = 4;
export const V128: usize = 16;

/** Stores the first `n` lanes (1 to 4 and more; 4 and more store all). */
// @ts-ignore: decorator
@inline
export function storeLanes(p: usize, v: v128, n: i32): void {
  if (n >= 4) {
    v128.store(p, v);
  } else {
    if (n > 0) f32.store(p, f32x4.extract_lane(v, 0));
    if (n > 1) f32.store(p + 4, f32x4.extract_lane(v, 1));
    if (n > 2) f32.store(p + 8, f32x4.extract_lane(v, 2));
  }
}

// @ts-ignore: decorator
@inline
export function smaller(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

// @ts-ignore: decorator
@inline
export function larger(a: i32, b: i32): i32 {
  return a > b ? a : b;
}
