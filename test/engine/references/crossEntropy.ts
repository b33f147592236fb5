import type { Numbers } from '../../../src/core/graph/layer.ts';

/** Categorical cross-entropy from logits x against targets t, [N, Y]: each image's loss, and the gradient of their mean. */
export function crossEntropy(x: Numbers, t: Numbers, Y: number) {
  const N = x.length / Y;
  const losses = new Float64Array(N);
  const dx = new Float64Array(x.length);
  for (let n = 0; n < N; n++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < Y; j++) top = Math.max(top, x[n * Y + j]!);
    let sum = 0;
    let mass = 0;
    for (let j = 0; j < Y; j++) {
      sum += Math.exp(x[n * Y + j]! - top);
      mass += t[n * Y + j]!;
    }
    const logSum = top + Math.log(sum);
    for (let i = n * Y; i < (n + 1) * Y; i++) {
      losses[n]! += t[i]! * (logSum - x[i]!);
      dx[i] = ((Math.exp(x[i]! - top) / sum) * mass - t[i]!) / N;
    }
  }
  return { losses, dx };
}
