import { permutation, philox, randomSequence, seedWords, streams } from '../engine/random.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import { type FeatureRows, lossOf, type Regression } from './softmaxRegression.ts';

/** Units of the hidden layer: one draw of 128 bits is a row's dropout mask. */
export const hiddenUnits = 128;
/** Settings of the training, which were chosen on training images of Fashion-MNIST. */
const batchSize = 64;
const passes = 60;
const mostSteps = 1000;
const learningRate = 0.003;
const weightDecay = 0.5;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
/** Half of the hidden values are dropped in training, and the others doubled. */
const kept = 2;

/** Two dense layers: logits are relu(xW + b)V + c. */
export interface HiddenRegression {
  /** W [D, H] and b [H] */
  readonly hidden: Regression;
  /** V [H, Y] and c [Y] */
  readonly output: Regression;
}

/**
 * A hidden layer of 128 units with ReLU and dropout, and a softmax layer, trained on scaled features in float64 by AdamW. Orders, masks and
 * initial weights are functions of the seed, and the host's exponential is not used: the same rows give the same bits.
 * @param onProgress called with the completed share
 */
export function hiddenRegression(
  { values, labels }: FeatureRows,
  classes: number,
  seed: number,
  onProgress: (share: number) => void = () => {},
): HiddenRegression {
  const [N, H, Y] = [labels.length, hiddenUnits, classes];
  const D = values.length / N;
  const point = initialPoint(D, Y, seed);
  const model = layersOf(point, D, Y);
  const gradient = new Float64Array(point.length);
  const slope = layersOf(gradient, D, Y);
  const [first, second] = [new Float64Array(point.length), new Float64Array(point.length)];
  const [h, dh, p] = [new Float64Array(H), new Float64Array(H), new Float64Array(Y)];
  const key = seedWords(seed);
  const stepsAPass = Math.ceil(N / batchSize);
  const steps = Math.min(mostSteps, passes * stepsAPass);
  let order: Uint32Array = new Uint32Array(0);
  let [power1, power2] = [1, 1];
  for (let step = 0; step < steps; step++) {
    const place = step % stepsAPass;
    if (place === 0) order = permutation(N, randomSequence(seed, streams.heads, step / stepsAPass));
    const rows = order.subarray(place * batchSize, (place + 1) * batchSize);
    gradient.fill(0);
    for (const [i, n] of rows.entries()) {
      const x = n * D;
      forward(model.hidden, values, x, h);
      const mask = philox([step, i, 0xffff_ffff, streams.heads], key);
      for (let j = 0; j < H; j++) h[j] = (mask[j >>> 5]! >>> (j & 31)) & 1 ? h[j]! * kept : 0;
      lossOf(model.output, h, 0, labels[n]!, p);
      p[labels[n]!]! -= 1;
      for (let j = 0; j < H; j++) {
        let sum = 0;
        if (h[j]! > 0) {
          for (let y = 0; y < Y; y++) {
            const own = p[y]! / rows.length;
            sum += own * model.output.weights[j * Y + y]!;
            slope.output.weights[j * Y + y]! += h[j]! * own;
          }
        }
        dh[j] = sum * kept;
        slope.hidden.bias[j]! += dh[j]!;
      }
      for (let y = 0; y < Y; y++) slope.output.bias[y]! += p[y]! / rows.length;
      addProducts(slope.hidden.weights, values, x, dh);
    }
    const rate = learningRate * (1 - step / steps);
    power1 *= beta1;
    power2 *= beta2;
    for (let i = 0; i < point.length; i++) {
      const g = gradient[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * g;
      second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
      const change = first[i]! / (1 - power1) / (Math.sqrt(second[i]! / (1 - power2)) + epsilon);
      point[i]! -= rate * (change + weightDecay * point[i]!);
    }
    onProgress((step + 1) / steps);
  }
  return model;
}

/** What the hidden layer makes of rows: those that the last layer reads. */
export function hiddenRows(hidden: Regression, { values, labels }: FeatureRows): FeatureRows {
  const [N, H] = [labels.length, hidden.bias.length];
  const D = values.length / N;
  const rows = new Float64Array(N * H);
  for (let n = 0; n < N; n++) forward(hidden, values, n * D, rows.subarray(n * H, (n + 1) * H));
  return { values: rows, labels };
}

/** relu(xW + b) of the row that begins at `from`. */
function forward({ weights, bias }: Regression, values: ArrayLike<number>, from: number, h: Float64Array): void {
  const H = h.length;
  const D = weights.length / H;
  h.set(bias);
  for (let d = 0, i = 0; d < D; d++) {
    const x = values[from + d]!;
    for (let j = 0; j < H; j++, i++) h[j]! += x * weights[i]!;
  }
  for (let j = 0; j < H; j++) if (h[j]! < 0) h[j] = 0;
}

/** Adds the products of a row's features and the hidden values' slopes to the weights' slope. */
function addProducts(slope: Float64Array, values: ArrayLike<number>, from: number, dh: Float64Array): void {
  const H = dh.length;
  const D = slope.length / H;
  for (let d = 0, i = 0; d < D; d++) {
    const x = values[from + d]!;
    for (let j = 0; j < H; j++, i++) slope[i]! += x * dh[j]!;
  }
}

/** The layers' parameters as views of one array. */
function layersOf(point: Float64Array, D: number, Y: number): HiddenRegression {
  const H = hiddenUnits;
  const parts = [D * H, H, H * Y, Y].map((size, i, sizes) => {
    const from = sizes.slice(0, i).reduce((sum, one) => sum + one, 0);
    return point.subarray(from, from + size);
  });
  return { hidden: { weights: parts[0]!, bias: parts[1]! }, output: { weights: parts[2]!, bias: parts[3]! } };
}

function initialPoint(D: number, Y: number, seed: number): Float64Array {
  const network = buildNetwork([
    { type: 'input', shape: [D] },
    { type: 'dense', units: hiddenUnits, activation: 'relu' },
    { type: 'dense', units: Y, activation: 'softmax' },
  ]);
  return Float64Array.from(initialParameters(network, seed));
}
