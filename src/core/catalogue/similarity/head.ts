import { normalised } from './vectors.ts';

/**
 * A linear projection of a classifier's features (the input of its last dense layer), trained for similarity. An embedding is (x · weights +
 * bias) divided by its length.
 */
export interface SimilarityHead {
  /** [D, E] */
  readonly weights: Float32Array;
  /** [E] */
  readonly bias: Float32Array;
}

/** Embeddings [N, E] of features [N, D], of length 1, computed in float64. */
export function embed({ weights, bias }: SimilarityHead, features: ArrayLike<number>): Float32Array {
  const E = bias.length;
  const D = weights.length / E;
  const N = features.length / D;
  const values = new Float32Array(N * E);
  const sum = new Float64Array(E);
  for (let n = 0; n < N; n++) {
    sum.set(bias);
    for (let d = 0; d < D; d++) {
      const x = features[n * D + d]!;
      // Behind ReLU many features are zero.
      if (x === 0) continue;
      for (let e = 0, at = d * E; e < E; e++, at++) sum[e]! += x * weights[at]!;
    }
    values.set(normalised(sum), n * E);
  }
  return values;
}
