import { exp, log } from '../../engine/portable.ts';
import type { FeatureRows } from '../../transfer/softmaxRegression.ts';

/**
 * The normalised softmax over a linear embedding: z = xW + b, e = z ÷ |z|; the logit of class y is e · proxy_y ÷ (|proxy_y| · temperature).
 * @see Zhai and Wu 2018, "Classification is a strong baseline for deep metric learning", arXiv 1811.12649
 */
export interface NormalisedSoftmax {
  /** W [D, E], b [E] and the proxies [Y, E], one behind the other; the caller changes them. */
  readonly parameters: Float64Array;
  /** Of the mean loss of the last batch, in the same order. */
  readonly gradients: Float64Array;
  /** Where b and the proxies begin. */
  readonly biasAt: number;
  readonly proxiesAt: number;
  /** Computes the gradients of a batch. Returns the sum of its rows' losses. */
  differentiate(batch: ArrayLike<number>): number;
}

export interface NormalisedSoftmaxOptions {
  /** Features are multiplied by these, [D]. */
  readonly factors: Float64Array;
  /** E */
  readonly dimensions: number;
  /** Y */
  readonly classes: number;
  readonly temperature: number;
}

/** In float64, with sums in a fixed order and no function of the host's. */
export function normalisedSoftmax(
  rows: FeatureRows,
  { factors, dimensions: E, classes: Y, temperature }: NormalisedSoftmaxOptions,
): NormalisedSoftmax {
  const { labels } = rows;
  const D = factors.length;
  const parameters = new Float64Array((D + 1 + Y) * E);
  const gradients = new Float64Array(parameters.length);
  const [biasAt, proxiesAt] = [D * E, (D + 1) * E];
  const proxies = new Float64Array(Y * E);
  const proxyLengths = new Float64Array(Y);
  const proxyGradients = new Float64Array(Y * E);
  const [z, e, slope, p] = [new Float64Array(E), new Float64Array(E), new Float64Array(E), new Float64Array(Y)];
  const x = new Float64Array(D);

  /** Adds a row's gradients, and returns its loss. */
  const addRow = (n: number, weight: number): number => {
    z.set(parameters.subarray(biasAt, proxiesAt));
    for (let d = 0; d < D; d++) {
      const value = rows.values[n * D + d]! * factors[d]!;
      x[d] = value;
      if (value === 0) continue;
      for (let i = 0, at = d * E; i < E; i++, at++) z[i]! += value * parameters[at]!;
    }
    const length = lengthOf(z, 0, E);
    for (let i = 0; i < E; i++) e[i] = z[i]! / length;
    let most = Number.NEGATIVE_INFINITY;
    for (let y = 0; y < Y; y++) {
      let sum = 0;
      for (let i = 0, at = y * E; i < E; i++, at++) sum += e[i]! * proxies[at]!;
      p[y] = sum / temperature;
      most = Math.max(most, p[y]!);
    }
    const own = p[labels[n]!]! - most;
    let total = 0;
    for (let y = 0; y < Y; y++) {
      p[y] = exp(p[y]! - most);
      total += p[y]!;
    }
    slope.fill(0);
    for (let y = 0; y < Y; y++) {
      const g = ((p[y]! / total - (y === labels[n] ? 1 : 0)) * weight) / temperature;
      for (let i = 0, at = y * E; i < E; i++, at++) {
        slope[i]! += g * proxies[at]!;
        proxyGradients[at]! += g * e[i]!;
      }
    }
    // Through the division by the length: what points along e changes nothing.
    let along = 0;
    for (let i = 0; i < E; i++) along += slope[i]! * e[i]!;
    for (let i = 0; i < E; i++) {
      slope[i] = (slope[i]! - along * e[i]!) / length;
      gradients[biasAt + i]! += slope[i]!;
    }
    for (let d = 0; d < D; d++) {
      const value = x[d]!;
      if (value === 0) continue;
      for (let i = 0, at = d * E; i < E; i++, at++) gradients[at]! += value * slope[i]!;
    }
    return log(total) - own;
  };

  return {
    ...{ parameters, gradients, biasAt, proxiesAt },
    differentiate(batch) {
      for (let y = 0; y < Y; y++) {
        proxyLengths[y] = lengthOf(parameters, proxiesAt + y * E, E);
        for (let i = 0; i < E; i++) proxies[y * E + i] = parameters[proxiesAt + y * E + i]! / proxyLengths[y]!;
      }
      gradients.fill(0);
      proxyGradients.fill(0);
      let loss = 0;
      for (let n = 0; n < batch.length; n++) loss += addRow(batch[n]!, 1 / batch.length);
      for (let y = 0; y < Y; y++) {
        let along = 0;
        for (let i = y * E; i < (y + 1) * E; i++) along += proxyGradients[i]! * proxies[i]!;
        for (let i = y * E; i < (y + 1) * E; i++)
          gradients[proxiesAt + i] = (proxyGradients[i]! - along * proxies[i]!) / proxyLengths[y]!;
      }
      return loss;
    },
  };
}

/** Never 0, so that it can divide. */
function lengthOf(values: Float64Array, from: number, count: number): number {
  let square = 0;
  for (let i = from; i < from + count; i++) square += values[i]! * values[i]!;
  return Math.max(Math.sqrt(square), 1e-12);
}
