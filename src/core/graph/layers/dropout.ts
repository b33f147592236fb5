import { type Buffer, float } from '../../engine/buffers.ts';
import type { BackwardContext, ForwardContext, Layer, LayerDefinition, LoweringContext, Numbers } from '../layer.ts';
import { rate } from '../options.ts';
import { sizeOf } from '../shape.ts';
import type { DropoutSpec, LayerSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';

/** Bytes of one image's mask: a bit an element, in whole groups of 512. */
export function maskBytes(elements: number): number {
  return Math.ceil(elements / 512) * 64;
}

/** The probability to keep a value, in steps of 2⁻¹⁶. */
export function keepIn65536({ rate }: DropoutSpec): number {
  return Math.round((1 - rate) * 65536);
}

/** The mask of a dropout layer of the group, [M, bytes]. */
export function dropoutMask(c: LoweringContext<LayerSpec>, { inputShape, spec }: Layer<DropoutSpec>) {
  const bytes = maskBytes(sizeOf(inputShape));
  return { mask: c.buffer('mask', bytes * c.microBatch), scale: float(1 / (1 - spec.rate)), bytes };
}

/** Adds the call that draws a mask: a function of seed, step, layer, each image's index, and element. */
export function drawMask(c: LoweringContext<LayerSpec>, layer: Layer<DropoutSpec>): void {
  const { mask, bytes } = dropoutMask(c, layer);
  const { samples, randomContext: context } = c;
  c.emit(
    'dropoutMask',
    { mask, samples, context, stream: layer.index, keep: keepIn65536(layer.spec), bytes },
    { units: 'images', chunkSize: 4, perImage: { samples: 4 } },
  );
}

function apply(c: ForwardContext<DropoutSpec> | BackwardContext<DropoutSpec>, x: Buffer, y: Buffer): void {
  const { mask, scale, bytes } = dropoutMask(c, c.layer);
  const size = sizeOf(c.layer.inputShape);
  c.emit('dropoutApply', { x, mask, y, scale, size, bytes }, { units: 'images', chunkSize: 2 });
}

/**
 * Inverted dropout (Srivastava et al. 2014): in training each value is zero with probability `rate`, else divided by
 * 1 − rate; otherwise values pass as they are.
 */
export const dropout: LayerDefinition<DropoutSpec> = {
  help: { options: '`rate`: from 0 to below 1', shape: 'unchanged; active in training only' },
  options: { rate },
  required: ['rate'],
  outputShape: (_, input) => input!,
  traits: () => identityTraits,
  isIdentity: (spec, dropout) => !dropout || keepIn65536(spec) === 65536,
  forward(c) {
    drawMask(c, c.layer);
    apply(c, c.x, c.y);
  },
  backward(c) {
    if (c.dx) apply(c, c.dy, c.dx);
  },
  reference({ layer, x, kept }) {
    const apply = (values: Numbers) =>
      Float64Array.from(values, (v, i) => (!kept ? v : kept[i] ? v / (1 - layer.spec.rate) : 0));
    return { forward: () => apply(x), inputGradients: (dy) => [apply(dy)] };
  },
};
