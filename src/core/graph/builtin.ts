import { SelvedgeError } from '../errors.ts';
import { efficientNetLite0, mobile } from './builtin/mobile.ts';
import { air, airNarrow, airResidual, small } from './builtin/plain.ts';
import {
  reference,
  referenceNormalized,
  referenceNormalizedNarrow,
  referenceWithoutDropout,
} from './builtin/reference.ts';
import { resnet20 } from './builtin/resnet20.ts';
import type { Shape } from './shape.ts';
import type { LayerSpec } from './spec.ts';

const networks: ReadonlyMap<string, readonly LayerSpec[]> = new Map([
  ['reference', reference],
  ['reference-no-dropout', referenceWithoutDropout],
  ['reference-bn', referenceNormalized],
  ['reference-bn-narrow', referenceNormalizedNarrow],
  ['small', small],
  ['air-narrow', airNarrow],
  ['air', air],
  ['air-residual', airResidual],
  ['resnet-20-narrow', resnet20([8, 16, 32])],
  ['resnet-20', resnet20([16, 32, 64])],
  ['mobile', mobile],
  ['efficientnet-lite0', efficientNetLite0],
]);

/** Names that earlier versions recorded. */
const earlierNames: ReadonlyMap<string, string> = new Map([['seed', 'reference']]);

export const builtinNetworkNames: readonly string[] = [...networks.keys()];

/** The present name of a built-in network that a command or a record names; undefined where there is none. */
export function builtinNetworkName(name: string): string | undefined {
  const present = earlierNames.get(name) ?? name;
  return networks.has(present) ? present : undefined;
}

/**
 * @param images the shape of the images and the number of classes; by default [28, 28, 1] and 10
 * @throws SelvedgeError 'bad-option' when there is none of that name
 */
export function builtinNetwork(
  name: string,
  images?: { readonly shape: Shape; readonly classes: number },
): readonly LayerSpec[] {
  const spec = networks.get(builtinNetworkName(name) ?? '');
  if (spec && images) return fitted(spec, images.shape, images.classes);
  if (spec) return spec;
  throw new SelvedgeError(
    'bad-option',
    `There is no built-in network '${name}'; there is ${builtinNetworkNames.join(', ')}, or give the path of a JSON file.`,
  );
}

/** Its first entry is the input, and its last one the dense layer that tells the classes apart. */
function fitted(spec: readonly LayerSpec[], shape: Shape, classes: number): readonly LayerSpec[] {
  return spec.map((layer, i) => {
    if (layer.type === 'input') return { ...layer, shape };
    return layer.type === 'dense' && i === spec.length - 1 ? { ...layer, units: classes } : layer;
  });
}
