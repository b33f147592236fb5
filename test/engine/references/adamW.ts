/** One AdamW update in PyTorch's form, in place: see the kernel `adamW`. `step` counts from 1. */
export function adamW(
  w: Float64Array,
  g: ArrayLike<number>,
  m: Float64Array,
  v: Float64Array,
  rates: {
    readonly step: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
  },
): void {
  const { step, learningRate, weightDecay, beta1, beta2, epsilon } = rates;
  for (let i = 0; i < w.length; i++) {
    m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!;
    v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
    const corrected = m[i]! / (1 - beta1 ** step);
    const root = Math.sqrt(v[i]! / (1 - beta2 ** step));
    w[i]! -= learningRate * (corrected / (root + epsilon) + weightDecay * w[i]!);
  }
}
