import type { LayerDefinition } from '../layer.ts';
import { inputShape } from '../options.ts';
import type { InputSpec } from '../spec.ts';

/** Where a network begins: says the shape of one image. */
export const input: LayerDefinition<InputSpec> = {
  options: { shape: inputShape },
  required: ['shape'],
  outputShape: (spec) => spec.shape,
  passesThrough: () => true,
};
