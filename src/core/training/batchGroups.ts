import { mostBytes } from '../engine/wasm.ts';
import { SelvedgeError } from '../errors.ts';
import type { Layer } from '../graph/layer.ts';
import { definitionOf } from '../graph/layers/index.ts';
import type { Network } from '../graph/network.ts';
import { microBatch } from '../model/staging.ts';

/** A layer that normalises images together: the whole batch, or groups of a size. */
interface Grouping {
  readonly layer: Layer;
  readonly group: 'batch' | number;
}

function groupingsOf({ layers }: Network): readonly Grouping[] {
  return layers.flatMap((layer) => {
    const group = definitionOf(layer.spec).batchGroup?.(layer.spec) ?? null;
    return group === null ? [] : [{ layer, group }];
  });
}

/**
 * Images that run at once in training: all of a batch where a layer normalises over it, else whole groups. Activations then
 * need memory for as many.
 */
export function trainingMicroBatch(network: Network, batchSize: number): number {
  const groups = groupingsOf(network).map(({ group }) => group);
  if (groups.includes('batch')) return batchSize;
  const together = groups.reduce<number>((all, group) => leastCommonMultiple(all, group as number), 1);
  return together * Math.max(1, Math.floor(microBatch / together));
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}

/**
 * Checks that every batch of an epoch can be normalised.
 * @throws SelvedgeError 'bad-option' naming the layer: a batch of one image, or one that is not whole groups
 */
export function requireWholeGroups(network: Network, batchSize: number, images: number): void {
  const last = images % batchSize || batchSize;
  for (const { layer, group } of groupingsOf(network)) {
    const what = `Layer ${layer.name} (${layer.spec.type})`;
    const batches =
      last === batchSize
        ? `the batch size is ${batchSize}`
        : images === 1
          ? 'there is one image'
          : `${images} images in batches of ${batchSize} leave one of ${last}`;
    if (group === 'batch') {
      if (Math.min(batchSize, last) === 1) {
        throw new SelvedgeError(
          'bad-option',
          `${what} normalises over the batch, but ${batches}; take another batch size or number of images.`,
        );
      }
    } else if (group === 1 || batchSize % group !== 0 || last % group !== 0) {
      const why = group === 1 ? 'a group needs two images or more' : batches;
      throw new SelvedgeError(
        'bad-option',
        `${what} normalises over groups of ${group}, but ${why}; take a group size that divides every batch.`,
      );
    }
  }
}

/**
 * Checks that WebAssembly can address what whole batches need; other networks' memory does not depend on the batch.
 * @throws SelvedgeError 'bad-option' naming the layer that needs whole batches
 */
export function requireFittingBatch(network: Network, batchSize: number, bytes: number): void {
  const whole = groupingsOf(network).find(({ group }) => group === 'batch');
  if (!whole || bytes <= mostBytes) return;
  const { name, spec } = whole.layer;
  throw new SelvedgeError(
    'bad-option',
    `Layer ${name} (${spec.type}) normalises over the batch, and ${batchSize} images at once need ${(bytes / 2 ** 30).toFixed(1)} GiB of memory, but an engine can have 4 GiB; take smaller batches, or give such layers a groupSize, with which memory does not grow with the batch.`,
  );
}
