import type { LayerContext, LayerDefinition } from '../layer.ts';
import { rate } from '../options.ts';
import { sizeOf } from '../shape.ts';
import type { DropoutSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';

/** Bytes of one image's mask: a bit an element, in whole groups of 512. */
export function maskBytes(elements: number): number {
  return Math.ceil(elements / 512) * 64;
}

function apply(c: LayerContext<DropoutSpec>, from: number, to: number): void {
  const size = sizeOf(c.layer.inputShape);
  const bytes = maskBytes(size);
  const scale = 1 / (1 - c.layer.spec.rate);
  const mask = c.buffer('mask', bytes);
  c.emit({ kernel: 'dropoutApply', args: [from, mask, to, scale, size, bytes], units: 'images', grain: 2 });
}

/**
 * Inverted dropout (Srivastava et al. 2014): in training each value is zero with probability `rate`, else divided by
 * 1 − rate; otherwise values pass as they are.
 */
export const dropout: LayerDefinition<DropoutSpec> = {
  options: { rate },
  required: ['rate'],
  outputShape: (_, input) => input,
  traits: () => identityTraits,
  passesThrough: (spec, dropout) => !dropout || keepIn65536(spec) === 65536,
  forward(c) {
    const bytes = maskBytes(sizeOf(c.layer.inputShape));
    c.emit({
      kernel: 'dropoutMask',
      args: [c.buffer('mask', bytes), c.samples, c.randomContext, c.indexOf(c.layer), keepIn65536(c.layer.spec), bytes],
      units: 'images',
      grain: 4,
      moving: [[1, 4]],
    });
    apply(c, c.x, c.y);
  },
  backward(c) {
    if (c.dx) apply(c, c.dy, c.dx);
  },
};

/** The probability to keep a value, in steps of 2⁻¹⁶. */
export function keepIn65536(spec: DropoutSpec): number {
  return Math.round((1 - spec.rate) * 65536);
}
