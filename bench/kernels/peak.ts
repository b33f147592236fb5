// @ts-nocheck AssemblyScript, whose types TypeScript does not know.

/**
 * The most float32 arithmetic that a plain SIMD loop gets out of this machine: a tile of 4 rows by 8 columns in 8 accumulators,
 * 2 vectors of weights and 4 splat loads for every 32 multiply-adds. All data stay in the first-level cache.
 * x is [D, 4], w is [D, 8], y is [4, 8]; `repeats` rounds of 2 · 32 · D operations.
 */
export function peak(x: usize, w: usize, y: usize, D: i32, repeats: i32): void {
  for (let round = 0; round < repeats; round++) {
    let a0 = f32x4.splat(0),
      a1 = a0,
      b0 = a0,
      b1 = a0,
      c0 = a0,
      c1 = a0,
      d0 = a0,
      d1 = a0;
    let from = x;
    let weights = w;
    const end = x + <usize>D * 16;
    while (from < end) {
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, 16);
      const x0 = v128.load32_splat(from);
      a0 = f32x4.add(a0, f32x4.mul(x0, w0));
      a1 = f32x4.add(a1, f32x4.mul(x0, w1));
      const x1 = v128.load32_splat(from, 4);
      b0 = f32x4.add(b0, f32x4.mul(x1, w0));
      b1 = f32x4.add(b1, f32x4.mul(x1, w1));
      const x2 = v128.load32_splat(from, 8);
      c0 = f32x4.add(c0, f32x4.mul(x2, w0));
      c1 = f32x4.add(c1, f32x4.mul(x2, w1));
      const x3 = v128.load32_splat(from, 12);
      d0 = f32x4.add(d0, f32x4.mul(x3, w0));
      d1 = f32x4.add(d1, f32x4.mul(x3, w1));
      from += 16;
      weights += 32;
    }
    v128.store(y, a0);
    v128.store(y, a1, 16);
    v128.store(y, b0, 32);
    v128.store(y, b1, 48);
    v128.store(y, c0, 64);
    v128.store(y, c1, 80);
    v128.store(y, d0, 96);
    v128.store(y, d1, 112);
  }
}
