import { SelvedgeError } from '../../errors.ts';

/** Vectors [N, D] divided by their lengths; zeros stay zeros. Length and quotient are computed in float64. */
export function normalised(vectors: ArrayLike<number>, D: number = vectors.length): Float32Array {
  const result = new Float32Array(vectors.length);
  for (let from = 0; from < vectors.length; from += D) {
    let square = 0;
    for (let i = from; i < from + D; i++) square += vectors[i]! * vectors[i]!;
    const length = Math.sqrt(square);
    for (let i = from; i < from + D; i++) result[i] = length > 0 ? vectors[i]! / length : 0;
  }
  return result;
}

/**
 * One query for several products: the mean of their vectors, which count alike, divided by its length.
 * @param vectors at least one, each [D]
 * @throws SelvedgeError 'bad-data' where the vectors cancel out, or are of different sizes
 */
export function meanQuery(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (!first || vectors.some(({ length }) => length !== first.length))
    throw new SelvedgeError('bad-data', 'A query by several products needs vectors of one size, at least one.');
  const sum = new Float64Array(first.length);
  for (const vector of vectors) {
    for (const [i, value] of normalised(vector).entries()) sum[i]! += value;
  }
  const mean = normalised(sum);
  // What rounding leaves of vectors that cancel out has no direction.
  if (sum.some((value) => Math.abs(value) > 1e-6 * vectors.length)) return mean;
  throw new SelvedgeError('bad-data', 'These products have nothing in common: the mean of their vectors is zero.');
}

/** The cosine of two vectors of length 1, in float64. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Vectors of one embedding, [N, D]. */
export interface EmbeddingPart {
  readonly vectors: Float32Array;
  /** D */
  readonly dimensions: number;
}

/**
 * Several embeddings of the same N items as one, [N, sum of dimensions]: each part is normalised, so that the cosine of the whole is the mean of the parts'
 * cosines.
 */
export function sideBySide(parts: readonly EmbeddingPart[]): EmbeddingPart {
  const dimensions = parts.reduce((sum, part) => sum + part.dimensions, 0);
  const N = parts[0]!.vectors.length / parts[0]!.dimensions;
  const whole = new Float32Array(N * dimensions);
  let from = 0;
  for (const { vectors, dimensions: D } of parts) {
    const rows = normalised(vectors, D);
    for (let n = 0; n < N; n++) whole.set(rows.subarray(n * D, (n + 1) * D), n * dimensions + from);
    from += D;
  }
  return { vectors: normalised(whole, dimensions), dimensions };
}
