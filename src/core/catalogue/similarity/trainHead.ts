import { permutation, randomSequence, streams } from '../../engine/random.ts';
import { type FeatureRows, scalingOf } from '../../transfer/softmaxRegression.ts';
import type { SimilarityHead } from './head.ts';
import { normalisedSoftmax } from './normalisedSoftmax.ts';

export interface HeadSettings {
  /** E, values of an embedding. */
  readonly dimensions: number;
  /** Cosines are divided by it before the softmax. */
  readonly temperature: number;
  readonly epochs: number;
  /** Adam's, falling linearly to 0. */
  readonly learningRate: number;
}

/** Chosen on validation images of Fashion-MNIST by `bench/catalogue/chooseHead.mjs`; docs/catalogue-quality.md has the choices. */
export const headDefaults: HeadSettings = { dimensions: 64, temperature: 0.1, epochs: 3, learningRate: 0.008 };

/** Settings are `headDefaults` where they are omitted. */
export interface TrainHeadOptions extends Partial<HeadSettings> {
  /** Y */
  readonly classes: number;
  readonly seed: number;
  /** Called after each epoch with the completed share and the epoch's mean loss. */
  readonly onProgress?: (share: number, loss: number) => void;
}

const batchSize = 128;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8] as const;

/**
 * Trains a head by the normalised softmax: cosines of embeddings with one proxy for each class, divided by the temperature, are logits. In float64, by
 * Adam, with sums in a fixed order, draws from the counter generator and no function of the host's: the same rows and seed give the same bits.
 * @see Zhai and Wu 2018, "Classification is a strong baseline for deep metric learning", arXiv 1811.12649
 */
export function trainHead(rows: FeatureRows, options: TrainHeadOptions): SimilarityHead {
  const {
    dimensions: E,
    temperature,
    epochs,
    learningRate,
    classes: Y,
    seed,
    onProgress = () => {},
  } = {
    ...headDefaults,
    ...options,
  };
  const N = rows.labels.length;
  const D = rows.values.length / N;
  const { means, factors } = scalingOf(rows);
  const random = randomSequence(seed, streams.heads, 0);
  const uniform = (limit: number) => (2 * random.float() - 1) * limit;
  const softmax = normalisedSoftmax(rows, { factors, dimensions: E, classes: Y, temperature });
  const { parameters, gradients, biasAt, proxiesAt } = softmax;
  const limit = Math.sqrt(6 / (D + E));
  for (let i = 0; i < D * E; i++) parameters[i] = uniform(limit);
  for (let i = proxiesAt; i < parameters.length; i++) parameters[i] = uniform(1);
  // Features are only scaled, which keeps zeros, so the bias begins where it takes their means off.
  for (let i = 0; i < D * E; i++) {
    const d = Math.floor(i / E);
    parameters[biasAt + (i % E)]! -= means[d]! * factors[d]! * parameters[i]!;
  }

  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  const steps = epochs * Math.ceil(N / batchSize);
  let [step, power1, power2] = [0, 1, 1];

  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(N, randomSequence(seed, streams.heads, epoch + 1));
    let loss = 0;
    for (let from = 0; from < N; from += batchSize) {
      const batch = order.subarray(from, from + batchSize);
      loss += softmax.differentiate(batch);
      power1 *= beta1;
      power2 *= beta2;
      const rate = learningRate * (1 - step / steps);
      step += 1;
      for (let i = 0; i < parameters.length; i++) {
        const g = gradients[i]!;
        first[i] = beta1 * first[i]! + (1 - beta1) * g;
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        parameters[i]! -= (rate * (first[i]! / (1 - power1))) / (Math.sqrt(second[i]! / (1 - power2)) + epsilon);
      }
    }
    onProgress((epoch + 1) / epochs, loss / N);
  }
  return {
    weights: Float32Array.from({ length: D * E }, (_, i) => parameters[i]! * factors[Math.floor(i / E)]!),
    bias: Float32Array.from(parameters.subarray(biasAt, proxiesAt)),
  };
}
