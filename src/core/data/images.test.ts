import { expect, it } from 'vitest';
import { imageAt, imagesInMemory, readImages } from './images.ts';

const shape = { height: 2, width: 3, channels: 1 };
const set = imagesInMemory(
  Uint8Array.from({ length: 24 }, (_, i) => i),
  [0, 1, 70_000, 1],
  shape,
);

it('reads pictures in the order of the indices, repeated ones too', async () => {
  expect(Array.from(await readImages(set, [3, 0, 3]))).toEqual([
    18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23,
  ]);
  expect(await imageAt(set, 1)).toEqual({ pixels: Uint8Array.of(6, 7, 8, 9, 10, 11), ...shape });
});

it('writes to the start of the target and leaves the rest', async () => {
  const target = new Uint8Array(14).fill(99);
  await set.read([1], target);
  expect(Array.from(target)).toEqual([6, 7, 8, 9, 10, 11, ...new Array(8).fill(99)]);
});

it('keeps labels beyond 8 and 16 bits', () => {
  expect(set.count).toBe(4);
  expect(Array.from(set.labels)).toEqual([0, 1, 70_000, 1]);
});
