import { describe, expect, test } from 'vitest';
import { SelvedgeError } from '../errors.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { requireFittingBatch, requireWholeGroups, trainingMicroBatch } from './batchGroups.ts';

const whole: LayerSpec = { type: 'batchNormalization', name: 'norm' };
const frozen: LayerSpec = { type: 'batchNormalization', trainable: false };
const groupsOf = (groupSize: number): LayerSpec => ({ type: 'batchNormalization', name: `by${groupSize}`, groupSize });

const networkOf = (...layers: LayerSpec[]) => buildNetwork([{ type: 'input', shape: [2, 2, 3] }, ...layers]);

describe('trainingMicroBatch', () => {
  test.each<[string, LayerSpec[], batchSize: number, atOnce: number]>([
    ['without normalisation, 60 images', [], 300, 60],
    ['with moving statistics alone, 60 images', [frozen], 300, 60],
    ['with statistics of the whole batch, all of it', [whole], 300, 300],
    ['with both whole batches and groups, all of the batch', [groupsOf(4), whole], 128, 128],
    ['of groups, as many whole ones as 60 images hold', [groupsOf(32)], 128, 32],
    ['of groups that divide 60, 60 images', [groupsOf(20)], 300, 60],
    ['of large groups, one', [groupsOf(100)], 300, 100],
    ['of different groups, a multiple of each', [groupsOf(4), groupsOf(6), frozen], 300, 60],
    ['of different groups, their least common multiple where 60 holds none', [groupsOf(8), groupsOf(20)], 300, 40],
    ['of different large groups, their least common multiple', [groupsOf(32), groupsOf(48)], 192, 96],
  ])('%s', (_, layers, batchSize, atOnce) => {
    expect(trainingMicroBatch(networkOf({ type: 'relu' }, ...layers), batchSize)).toBe(atOnce);
  });
});

describe('requireWholeGroups', () => {
  test.each<[string, LayerSpec, batchSize: number, images: number]>([
    ['batches of two images', whole, 2, 8],
    ['a last batch of two', whole, 5, 12],
    ['fewer images than a batch', whole, 128, 60],
    ['groups that divide every batch', groupsOf(4), 12, 32],
    ['a batch of one group', groupsOf(4), 4, 12],
    ['moving statistics and batches of one', frozen, 1, 3],
    ['no normalisation and batches of one', { type: 'relu' }, 1, 3],
  ])('allows %s', (_, layer, batchSize, images) => {
    expect(() => requireWholeGroups(networkOf(layer), batchSize, images)).not.toThrow();
  });

  const overBatch = 'Layer norm (batchNormalization) normalises over the batch, but';
  const advice = 'take another batch size or number of images.';
  const over = (size: number) => `Layer by${size} (batchNormalization) normalises over groups of ${size}, but`;
  const divide = 'take a group size that divides every batch.';

  test.each<[string, LayerSpec, batchSize: number, images: number, message: string]>([
    ['batches of one image', whole, 1, 5, `${overBatch} the batch size is 1; ${advice}`],
    ['a remainder of one', whole, 4, 9, `${overBatch} 9 images in batches of 4 leave one of 1; ${advice}`],
    ['one image in all', whole, 4, 1, `${overBatch} there is one image; ${advice}`],
    ['groups that do not divide the batch', groupsOf(3), 4, 12, `${over(3)} the batch size is 4; ${divide}`],
    ['groups larger than the batch', groupsOf(8), 4, 12, `${over(8)} the batch size is 4; ${divide}`],
    [
      'groups that do not divide the last batch',
      groupsOf(4),
      8,
      30,
      `${over(4)} 30 images in batches of 8 leave one of 6; ${divide}`,
    ],
    ['groups of one image', groupsOf(1), 4, 8, `${over(1)} a group needs two images or more; ${divide}`],
  ])('refuses %s, by the layer’s name', (_, layer, batchSize, images, message) => {
    const network = networkOf(frozen, layer);
    expect(() => requireWholeGroups(network, batchSize, images)).toThrow(new SelvedgeError('bad-option', message));
  });
});

test('whole batches that need over 4 GiB are refused with the layer’s name; groups of images need as much for every batch', () => {
  const bytes = 5 * 2 ** 30;
  expect(() => requireFittingBatch(networkOf(whole), 4000, bytes)).toThrow(
    'Layer norm (batchNormalization) normalises over the batch, and 4000 images at once need 5.0 GiB of memory, but an engine can have 4 GiB; take smaller batches, or give such layers a groupSize, with which memory does not grow with the batch.',
  );
  expect(() => requireFittingBatch(networkOf(whole), 4000, 2 ** 30)).not.toThrow();
  expect(() => requireFittingBatch(networkOf(groupsOf(4)), 4000, bytes)).not.toThrow();
});
