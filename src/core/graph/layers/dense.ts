import type { LayerContext, LayerDefinition } from '../layer.ts';
import { activation, positiveInteger } from '../options.ts';
import type { DenseSpec } from '../spec.ts';

/** What may follow a dense layer within the same step. */
export interface DenseTail {
  readonly relu: boolean;
  /** Dropout's mask, 0 where there is none, its scale, and its bytes per image. */
  readonly mask: number;
  readonly scale: number;
  readonly maskBytes: number;
}

const nothing: DenseTail = { relu: false, mask: 0, scale: 1, maskBytes: 0 };

/** Adds the forward steps of a dense layer and its tail. */
export function denseForward(c: LayerContext<DenseSpec>, { relu, mask, scale, maskBytes }: DenseTail): void {
  const D = c.layer.inputShape[0]!;
  const K = c.layer.spec.units;
  const units = Math.ceil(K / 8);
  const kernel = c.parameter('kernel');
  const panels = c.derived('columns', units * D * 8 * 4, (to) => [
    { kernel: 'packColumns', args: [kernel, to, D, K], units, grain: 1 },
  ]);
  const rest = [c.parameter('bias'), c.y, D, K, Number(relu), mask, scale, maskBytes];
  c.scratch(K * 4 + 64 + (D + 1) * 8);
  c.emit({ kernel: 'denseForward', args: [c.x, panels, ...rest], units, grain: 1 });
  c.emit({ kernel: 'denseForwardRest', args: [c.x, kernel, ...rest], units: 1, grain: 1 });
}

/**
 * Adds the backward steps. Where the tail has a ReLU, only outputs above zero pass their gradient on, times the scale of
 * dropout; sums run over live gradients alone.
 */
export function denseBackward(c: LayerContext<DenseSpec>, { relu, scale }: DenseTail): void {
  const D = c.layer.inputShape[0]!;
  const K = c.layer.spec.units;
  const M = c.microBatch;
  const blocks = Math.ceil(D / 32);
  const gate = relu ? c.y : 0;
  c.scratch(128);
  if (c.parameterGradients) {
    const byOutput = c.fixedBuffer('byOutput', K * (M + 1) * 8);
    const dblocks = c.fixedBuffer('dblocks', blocks * K * 128);
    c.before({ kernel: 'zeroFill', args: [dblocks], units: blocks * K * 32, grain: 32768 });
    c.emit({ kernel: 'liveLists', args: [gate, c.dy, byOutput, scale, M, 1, K, 0, D * 4], units: K, grain: 16 });
    c.emit({ kernel: 'denseLiveWeights', args: [byOutput, c.x, dblocks, M, K], units: blocks, grain: 4 });
    c.emit({ kernel: 'denseLiveBias', args: [byOutput, c.gradient('bias'), M], units: K, grain: K });
    c.after({ kernel: 'unpackBlocks', args: [dblocks, c.gradient('kernel'), D, K], units: blocks, grain: 8 });
  }
  if (!c.dx) return;
  const kernel = c.parameter('kernel');
  const weights = c.derived('blocks', blocks * K * 128, (to) => [
    { kernel: 'packBlocks', args: [kernel, to, D, K], units: blocks, grain: 8 },
  ]);
  const byImage = c.buffer('byImage', (K + 1) * 8);
  c.emit({ kernel: 'liveLists', args: [gate, c.dy, byImage, scale, K, K, 1, K, 128], units: 'images', grain: 8 });
  c.emit({ kernel: 'denseLiveInput', args: [byImage, weights, c.dx, D, K], units: blocks, grain: 4 });
}

/** Every output is a weighted sum of all inputs: [D] → [K], kernel [D, K], bias [K]. */
export const dense: LayerDefinition<DenseSpec> = {
  options: { units: positiveInteger, activation },
  required: ['units'],
  outputShape: (spec, input) =>
    input.length === 1 ? [spec.units] : { needs: '[features] (put a flatten layer before it)' },
  parameters(spec, input) {
    const D = input[0]!;
    const K = spec.units;
    return [
      { name: 'kernel', shape: [D, K], initial: { type: 'glorotUniform', fanIn: D, fanOut: K } },
      { name: 'bias', shape: [K], initial: { type: 'zeros' } },
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
  passesThrough: () => false,
  forward: (c) => denseForward(c, nothing),
  backward: (c) => denseBackward(c, nothing),
};
