import type { LayerDefinition, Numbers } from '../layer.ts';
import type { SoftmaxSpec } from '../spec.ts';

/** y = eˣ ÷ Σ eˣ: scores become probabilities. */
export const softmax: LayerDefinition<SoftmaxSpec> = {
  help: { options: '', shape: 'unchanged: probabilities' },
  options: {},
  required: [],
  outputShape: (_, input) => (input?.length === 1 ? input : { needs: '[classes] (put a flatten layer before it)' }),
  traits: () => ({
    identityAtInference: false,
    outputSign: 'nonNegative',
    receptiveField: 'everything',
    mixesChannels: true,
    keepsZeros: false,
    hasFeatureMaps: false,
    activation: 'probabilities',
  }),
  isIdentity: () => false,
  forward(c) {
    const { x, y } = c;
    c.emit('softmaxForward', { x, y, Y: c.layer.inputShape[0]! }, { units: 'images', chunkSize: 16 });
  },
  backward(c) {
    const { y, dy, dx } = c;
    if (!dx) return;
    c.emit('softmaxBackward', { y, dy, dx, Y: c.layer.inputShape[0]! }, { units: 'images', chunkSize: 16 });
  },
  reference({ layer, x }) {
    const Y = layer.inputShape[0]!;
    return {
      forward: () => rows(x, Y).y,
      /** dx = y · (dy − Σ dy · y). */
      inputGradients(dy) {
        const { y } = rows(x, Y);
        const dx = Float64Array.from(dy, (g, i) => {
          const row = i - (i % Y);
          let sum = 0;
          for (let j = row; j < row + Y; j++) sum += dy[j]! * y[j]!;
          return y[i]! * (g - sum);
        });
        return [dx];
      },
    };
  },
};

/** Row by row: softmax(x) and log Σ eˣ; x is [N, Y]. For tests and tolerance only: `Math.exp` differs between machines. */
export function rows(x: Numbers, Y: number) {
  const N = x.length / Y;
  const y = new Float64Array(x.length);
  const logSums = new Float64Array(N);
  for (let n = 0; n < N; n++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < Y; j++) top = Math.max(top, x[n * Y + j]!);
    let sum = 0;
    for (let j = 0; j < Y; j++) sum += Math.exp(x[n * Y + j]! - top);
    for (let j = 0; j < Y; j++) y[n * Y + j] = Math.exp(x[n * Y + j]! - top) / sum;
    logSums[n] = top + Math.log(sum);
  }
  return { y, logSums };
}

/** Categorical cross-entropy from logits x against targets t, [N, Y]: each image's loss, and the gradient of their mean. */
export function crossEntropy(x: Numbers, t: Numbers, Y: number) {
  const { y, logSums } = rows(x, Y);
  const N = logSums.length;
  const losses = new Float64Array(N);
  for (let i = 0; i < x.length; i++) losses[Math.floor(i / Y)]! += t[i]! * (logSums[Math.floor(i / Y)]! - x[i]!);
  const dx = Float64Array.from(y, (p, i) => {
    const row = i - (i % Y);
    let mass = 0;
    for (let j = row; j < row + Y; j++) mass += t[j]!;
    return (p * mass - t[i]!) / N;
  });
  return { losses, dx };
}
