/** One update by stochastic gradient descent in PyTorch's form, in place: see the kernel `sgd`. */
export function sgd(
  w: Float64Array,
  g: ArrayLike<number>,
  velocity: Float64Array,
  rates: {
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly momentum: number;
    readonly nesterov: boolean;
  },
): void {
  const { learningRate, weightDecay, momentum, nesterov } = rates;
  for (let i = 0; i < w.length; i++) {
    const slope = g[i]! + weightDecay * w[i]!;
    velocity[i] = momentum * velocity[i]! + slope;
    w[i]! -= learningRate * (nesterov ? slope + momentum * velocity[i]! : velocity[i]!);
  }
}
