import type { LayerDefinition } from '../layer.ts';
import { inputShape } from '../options.ts';
import { formatShape, sizeOf } from '../shape.ts';
import type { ReshapeSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';
import { identityReference } from './input.ts';

/** The same numbers in memory, read in another shape of as many elements. */
export const reshape: LayerDefinition<ReshapeSpec> = {
  help: {
    options: '`shape`: [height, width, channels] or [features]',
    shape: 'as given; as many elements, in the same order',
  },
  options: { shape: inputShape },
  required: ['shape'],
  outputShape: ({ shape }, input) =>
    sizeOf(shape) === sizeOf(input!)
      ? shape
      : { needs: `${formatShape(shape)} or another with ${sizeOf(shape)} elements in all` },
  // A vector has its channels last, as a flattened picture has; in another picture they are elsewhere.
  traits: ({ shape }) =>
    shape.length === 1
      ? identityTraits
      : { ...identityTraits, receptiveField: 'everything', mixesChannels: true, keepsZeros: false },
  isIdentity: () => true,
  reference: identityReference,
};
