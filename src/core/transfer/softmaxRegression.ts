import { exp, log } from '../engine/portable.ts';
import { minimise, type Slope } from '../statistics/lbfgs.ts';

/** Features of images, and the images' classes. */
export interface FeatureRows {
  /** [N, D] */
  readonly values: ArrayLike<number>;
  /** Class numbers from 0, [N]. */
  readonly labels: ArrayLike<number>;
}

/** A softmax regression: logits are xW + b. */
export interface Regression {
  /** W, [D, Y] */
  readonly weights: Float64Array;
  /** b, [Y] */
  readonly bias: Float64Array;
}

/** The optimiser stops where no component of the gradient is larger than the tolerance, or after this number of iterations. */
const tolerance = 1e-4;
const iterations = 300;

/** Means and reciprocal standard deviations of features; 0 for a feature that does not vary. */
export interface Scaling {
  /** [D] */
  readonly means: Float64Array;
  readonly factors: Float64Array;
}

/** A feature varies where its standard deviation is more than this share of its mean: below it is float32's rounding. */
const rounding = 1e-6;

export function scalingOf({ values, labels }: FeatureRows): Scaling {
  const N = labels.length;
  const D = values.length / N;
  const means = new Float64Array(D);
  const factors = new Float64Array(D);
  for (let i = 0; i < values.length; i++) means[i % D]! += values[i]! / N;
  for (let i = 0; i < values.length; i++) factors[i % D]! += (values[i]! - means[i % D]!) ** 2 / N;
  for (let d = 0; d < D; d++) {
    const deviation = Math.sqrt(factors[d]!);
    factors[d] = deviation > rounding * Math.abs(means[d]!) ? 1 / deviation : 0;
  }
  return { means, factors };
}

/** (x − mean) · factor, float64 [N, D]. */
export function scaled({ means, factors }: Scaling, values: ArrayLike<number>): Float64Array {
  const D = means.length;
  return Float64Array.from({ length: values.length }, (_, i) => (values[i]! - means[i % D]!) * factors[i % D]!);
}

/** The same regression for features that are not scaled. */
export function unscaled({ means, factors }: Scaling, { weights, bias }: Regression): Regression {
  const Y = bias.length;
  const own = weights.map((weight, i) => weight * factors[Math.floor(i / Y)]!);
  const shifted = bias.slice();
  for (const [i, weight] of own.entries()) shifted[i % Y]! -= means[Math.floor(i / Y)]! * weight;
  return { weights: own, bias: shifted };
}

/**
 * W and b that minimise the mean cross-entropy + ‖W‖² ÷ (2 · strength · N), by L-BFGS in float64; b is not penalised. The same as
 * scikit-learn's `LogisticRegression(C=strength)`. Nothing is drawn, and the host's exponential is not used: the same rows give the same bits.
 * @param start where the search begins; zeros by default. It changes the time, and the result within the tolerance.
 */
export async function softmaxRegression(
  { values, labels }: FeatureRows,
  classes: number,
  strength: number,
  start?: Regression,
): Promise<Regression> {
  const N = labels.length;
  const D = values.length / N;
  const size = D * classes;
  const penalty = 1 / (strength * N);
  const at = (point: Float64Array): Regression => ({ weights: point.subarray(0, size), bias: point.subarray(size) });
  const from = new Float64Array(size + classes);
  if (start) {
    from.set(start.weights);
    from.set(start.bias, size);
  }
  const slopeAt = async (point: Float64Array): Promise<Slope> => {
    const regression = at(point);
    const gradient = new Float64Array(point.length);
    const p = new Float64Array(classes);
    let value = 0;
    for (let n = 0; n < N; n++) {
      value += lossOf(regression, values, n, labels[n]!, p) / N;
      p[labels[n]!]! -= 1;
      for (let y = 0; y < classes; y++) {
        p[y]! /= N;
        gradient[size + y]! += p[y]!;
      }
      for (let d = 0, i = 0; d < D; d++) {
        const x = values[n * D + d]!;
        for (let y = 0; y < classes; y++, i++) gradient[i]! += x * p[y]!;
      }
    }
    for (let i = 0; i < size; i++) {
      value += (penalty / 2) * point[i]! * point[i]!;
      gradient[i]! += penalty * point[i]!;
    }
    return { value, gradient };
  };
  return at((await minimise(slopeAt, from, { tolerance, iterations })).x);
}

/** The most probable class of each row. */
export function predictedRows(regression: Regression, { values, labels }: FeatureRows): Uint32Array {
  const p = new Float64Array(regression.bias.length);
  return Uint32Array.from({ length: labels.length }, (_, n) => {
    lossOf(regression, values, n, labels[n]!, p);
    return p.indexOf(Math.max(...p));
  });
}

/** Mean cross-entropy and accuracy of rows. */
export function scoreRows(regression: Regression, { values, labels }: FeatureRows): { loss: number; accuracy: number } {
  const N = labels.length;
  const p = new Float64Array(regression.bias.length);
  let [loss, correct] = [0, 0];
  for (let n = 0; n < N; n++) {
    loss += lossOf(regression, values, n, labels[n]!, p);
    if (p.indexOf(Math.max(...p)) === labels[n]) correct += 1;
  }
  return { loss: loss / N, accuracy: correct / N };
}

/** The cross-entropy of row n; its probabilities go to `p`. */
export function lossOf(
  { weights, bias }: Regression,
  values: ArrayLike<number>,
  n: number,
  label: number,
  p: Float64Array,
) {
  const Y = bias.length;
  const D = weights.length / Y;
  p.set(bias);
  for (let d = 0, i = 0; d < D; d++) {
    const x = values[n * D + d]!;
    for (let y = 0; y < Y; y++, i++) p[y]! += x * weights[i]!;
  }
  let most = p[0]!;
  for (let y = 1; y < Y; y++) most = Math.max(most, p[y]!);
  const own = p[label]! - most;
  let sum = 0;
  for (let y = 0; y < Y; y++) {
    p[y] = exp(p[y]! - most);
    sum += p[y]!;
  }
  for (let y = 0; y < Y; y++) p[y]! /= sum;
  return log(sum) - own;
}
