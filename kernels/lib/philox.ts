/** a · b as eight 64-bit products' low and high words, lane by lane. */
// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  const even = i64x2.extmul_low_i32x4_u(a, b);
  const odd = i64x2.extmul_high_i32x4_u(a, b);
  return v128.shuffle<i32>(even, odd, 1, 3, 5, 7);
}

/**
 * Philox4x32-10 (Salmon et al. 2011) for four counters at once: word w of counter i's draw is the uint32 at `to` + 16 · w + 4 · i.
 */
// @ts-ignore: decorator
@inline
export function drawInto(to: usize, c0: v128, c1: v128, c2: v128, c3: v128, key0: u32, key1: u32): void {
  const m0 = i32x4.splat(<i32>0xd2511f53);
  const m1 = i32x4.splat(<i32>0xcd9e8d57);
  for (let round = 0; round < 10; round++) {
    const h0 = highWords(c0, m0);
    const l0 = i32x4.mul(c0, m0);
    const h1 = highWords(c2, m1);
    const l1 = i32x4.mul(c2, m1);
    c0 = v128.xor(v128.xor(h1, c1), i32x4.splat(key0));
    c2 = v128.xor(v128.xor(h0, c3), i32x4.splat(key1));
    c1 = l1;
    c3 = l0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  v128.store(to, c0);
  v128.store(to, c1, 16);
  v128.store(to, c2, 32);
  v128.store(to, c3, 48);
}
