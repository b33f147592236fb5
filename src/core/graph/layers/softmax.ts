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
      forward: () => softmaxRows(x, Y),
      /** dx = y · (dy − Σ dy · y). */
      inputGradients(dy) {
        const y = softmaxRows(x, Y);
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

/** softmax(x) row by row, [N, Y]. For the reference only: `Math.exp` differs between machines. */
export function softmaxRows(x: Numbers, Y: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += Y) {
    let top = Number.NEGATIVE_INFINITY;
    for (let j = row; j < row + Y; j++) top = Math.max(top, x[j]!);
    let sum = 0;
    for (let j = row; j < row + Y; j++) sum += Math.exp(x[j]! - top);
    for (let j = row; j < row + Y; j++) y[j] = Math.exp(x[j]! - top) / sum;
  }
  return y;
}
