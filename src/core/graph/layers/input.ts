import type { LayerDefinition } from '../layer.ts';
import { inputShape } from '../options.ts';
import type { InputSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';

/** Where a network begins: says the shape of one image. */
export const input: LayerDefinition<InputSpec> = {
  options: { shape: inputShape },
  required: ['shape'],
  outputShape: (spec) => spec.shape,
  traits: () => identityTraits,
  passesThrough: () => true,
};
