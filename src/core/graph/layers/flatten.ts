import type { LayerDefinition } from '../layer.ts';
import { sizeOf } from '../shape.ts';
import type { FlattenSpec } from '../spec.ts';
import { identityTraits } from '../traits.ts';
import { identityReference } from './input.ts';

/** [H, W, C] → [H · W · C], in that order: the same numbers in memory, read as a vector. */
export const flatten: LayerDefinition<FlattenSpec> = {
  help: { options: '', shape: '[H, W, C] → [H·W·C], in that order' },
  options: {},
  required: [],
  outputShape: (_, input) => [sizeOf(input!)],
  traits: () => identityTraits,
  isIdentity: () => true,
  reference: identityReference,
};
