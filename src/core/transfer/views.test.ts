import { expect, test } from 'vitest';
import { imagesInMemory, readImages } from '../data/images.ts';
import { imagesInView, trainingViews } from './views.ts';

test('the views of a training picture: itself, mirrored, and shifted along the diagonals', () => {
  expect(trainingViews({ flip: 'none', shift: 0 })).toEqual([{ top: 0, left: 0, flipped: false }]);
  expect(trainingViews({ flip: 'random', shift: 0 })).toHaveLength(2);
  expect(trainingViews({ flip: 'none', shift: 2 })).toHaveLength(3);
  const all = trainingViews({ flip: 'alternating', shift: 1 });
  expect(new Set(all.map((view) => JSON.stringify(view))).size).toBe(6);
  expect(all[0]).toEqual({ top: 0, left: 0, flipped: false });
});

test('a set in a view has the same labels, and pictures that are moved and mirrored', async () => {
  const set = imagesInMemory(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1, 0], { height: 2, width: 2, channels: 1 });
  const mirrored = imagesInView(set, { top: 0, left: 0, flipped: true });
  expect([...mirrored.labels]).toEqual([1, 0]);
  expect([...(await readImages(mirrored, [1, 0]))]).toEqual([6, 5, 8, 7, 2, 1, 4, 3]);
  expect([...(await readImages(imagesInView(set, { top: 1, left: 1, flipped: false }), [0]))]).toEqual([4, 0, 0, 0]);
});
