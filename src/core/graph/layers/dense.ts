import { type Buffer, type Float, float, noAddress } from '../../engine/buffers.ts';
import { kernelInitializer } from '../initializers.ts';
import type { BackwardContext, ForwardContext, LayerDefinition, Numbers } from '../layer.ts';
import { activation, boolean, kernelInitializerName, positiveInteger } from '../options.ts';
import type { DenseSpec } from '../spec.ts';
import { packedColumns } from './conv2d.ts';

/** What may follow a dense layer within the same kernel call. */
export interface DenseEpilogue {
  readonly relu: boolean;
  /** Dropout's mask, `noAddress` without one, its scale, and its bytes per image. */
  readonly mask: Buffer;
  readonly scale: Float;
  readonly maskBytes: number;
}

const noEpilogue: DenseEpilogue = { relu: false, mask: noAddress, scale: float(1), maskBytes: 0 };

/** Adds the forward calls of a dense layer and its epilogue. */
export function lowerDenseForward(c: ForwardContext<DenseSpec>, epilogue: DenseEpilogue): void {
  const { x, y } = c;
  const D = c.layer.inputShape[0]!;
  const K = c.layer.spec.units;
  const panels = packedColumns(c, D, K);
  const rest = { bias: c.parameter('bias'), y, D, K, ...epilogue };
  c.scratch(K * 4 + 64 + (D + 1) * 8);
  c.emit('denseForward', { x, panels, ...rest }, { units: Math.ceil(K / 8), chunkSize: 1 });
  c.emit('denseForwardRest', { x, w: c.parameter('kernel'), ...rest }, { units: 1, chunkSize: 1 });
}

/**
 * Adds the backward calls. With a ReLU in the epilogue, only outputs above zero pass their gradient on, times the scale of
 * dropout; sums run over the non-zero gradients alone.
 */
export function lowerDenseBackward(c: BackwardContext<DenseSpec>, { relu, scale }: DenseEpilogue): void {
  const { x, dy, dx, microBatch: M } = c;
  const D = c.layer.inputShape[0]!;
  const K = c.layer.spec.units;
  const blocks = Math.ceil(D / 32);
  const y = relu ? c.y : noAddress;
  c.scratch(128);
  if (c.parameterGradients) {
    const lists = c.buffer('byOutput', K * (M + 1) * 8);
    const dblocks = c.accumulator('dblocks', blocks * K * 128);
    c.before('zeroFill', { x: dblocks }, { units: blocks * K * 32, chunkSize: 32768 });
    c.emit(
      'nonZeroLists',
      { y, dy, lists, scale, room: M, rowStride: 1, columnStride: K, columns: 0, step: D * 4 },
      { units: K, chunkSize: 16 },
    );
    c.emit('denseSparseWeights', { lists, x, dblocks, room: M, K }, { units: blocks, chunkSize: 4, aside: true });
    c.emit('denseSparseBias', { lists, dbias: c.gradient('bias'), room: M }, { units: K, chunkSize: K, aside: true });
    c.after('unpackBlocks', { blocks: dblocks, w: c.gradient('kernel'), D, K }, { units: blocks, chunkSize: 8 });
  }
  if (!dx) return;
  const w = c.parameter('kernel');
  const packed = c.packedWeights('blocks', blocks * K * 128, (to, emit) =>
    emit('packBlocks', { w, blocks: to, D, K }, { units: blocks, chunkSize: 8 }),
  );
  const lists = c.buffer('byImage', M * (K + 1) * 8);
  c.emit(
    'nonZeroLists',
    { y, dy, lists, scale, room: K, rowStride: K, columnStride: 1, columns: K, step: 128 },
    { units: 'images', chunkSize: 8 },
  );
  c.emit('denseSparseInput', { lists, blocks: packed, dx, D, K }, { units: blocks, chunkSize: 4 });
}

/** Every output is a weighted sum of all inputs: [D] → [K], kernel [D, K], bias [K]. */
export const dense: LayerDefinition<DenseSpec> = {
  help: { options: '`units`; [`activation`; `kernelInitializer`; `trainable`]', shape: '[D] → [units]' },
  options: { units: positiveInteger, activation, kernelInitializer: kernelInitializerName, trainable: boolean },
  required: ['units'],
  outputShape: (spec, input) =>
    input?.length === 1 ? [spec.units] : { needs: '[features] (put a flatten layer before it)' },
  parameters({ units: K, trainable = true, kernelInitializer: type }, input) {
    const D = input[0]!;
    const initializer = kernelInitializer(type, { fanIn: D, fanOut: K });
    return [
      { role: 'kernel', shape: [D, K], initializer, trainable },
      { role: 'bias', shape: [K], initializer: { type: 'zeros' }, trainable },
    ];
  },
  traits: () => ({
    identityAtInference: false,
    outputSign: 'any',
    receptiveField: 'everything',
    mixesChannels: true,
    keepsZeros: false,
    hasFeatureMaps: false,
    activation: null,
  }),
  multiplyAdds: (spec, input) => input[0]! * spec.units,
  isIdentity: () => false,
  forward: (c) => lowerDenseForward(c, noEpilogue),
  backward: (c) => lowerDenseBackward(c, noEpilogue),
  reference({ layer, N, x, parameters }) {
    const D = layer.inputShape[0]!;
    const K = layer.spec.units;
    const [w, bias] = parameters as [Numbers, Numbers];
    return {
      forward() {
        const y = new Float64Array(N * K);
        for (let n = 0; n < N; n++)
          for (let k = 0; k < K; k++) {
            let sum = bias[k]!;
            for (let d = 0; d < D; d++) sum += x[n * D + d]! * w[d * K + k]!;
            y[n * K + k] = sum;
          }
        return y;
      },
      inputGradients(dy) {
        const dx = new Float64Array(N * D);
        for (let n = 0; n < N; n++)
          for (let d = 0; d < D; d++) {
            let sum = 0;
            for (let k = 0; k < K; k++) sum += dy[n * K + k]! * w[d * K + k]!;
            dx[n * D + d] = sum;
          }
        return [dx];
      },
      parameterGradients(dy) {
        const dw = new Float64Array(D * K);
        const dbias = new Float64Array(K);
        for (let n = 0; n < N; n++)
          for (let k = 0; k < K; k++) {
            const g = dy[n * K + k]!;
            dbias[k]! += g;
            for (let d = 0; d < D; d++) dw[d * K + k]! += g * x[n * D + d]!;
          }
        return [dw, dbias];
      },
    };
  },
};
