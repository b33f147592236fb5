/** One Adam update in Keras' form, in place: see the kernel `adam`. `alpha` is the corrected step size. */
export function adam(
  w: Float64Array,
  g: ArrayLike<number>,
  m: Float64Array,
  v: Float64Array,
  rates: { alpha: number; beta1: number; beta2: number; epsilon: number },
): void {
  for (let i = 0; i < w.length; i++) {
    m[i]! += (g[i]! - m[i]!) * (1 - rates.beta1);
    v[i]! += (g[i]! ** 2 - v[i]!) * (1 - rates.beta2);
    w[i]! -= (rates.alpha * m[i]!) / (Math.sqrt(v[i]!) + rates.epsilon);
  }
}
