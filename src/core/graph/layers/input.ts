import type { LayerDefinition, ReferenceInput, ReferencePass } from '../layer.ts';
import { inputShape } from '../options.ts';
import type { InputSpec, LayerSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';

export function identityReference({ x }: ReferenceInput<LayerSpec>): ReferencePass {
  return { forward: () => Float64Array.from(x), inputGradients: (dy) => [Float64Array.from(dy)] };
}

/** The network's input; its shape is that of one image. */
export const input: LayerDefinition<InputSpec> = {
  help: { options: '`shape`: [height, width, channels] or [features]', shape: 'as given' },
  options: { shape: inputShape },
  required: ['shape'],
  outputShape: (spec) => spec.shape,
  traits: () => identityTraits,
  isIdentity: () => false,
  reference: (pass) => identityReference(pass as unknown as ReferenceInput<LayerSpec>),
};
