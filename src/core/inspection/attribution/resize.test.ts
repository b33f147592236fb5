import { expect, test } from 'vitest';
import { resizeBilinear } from './resize.ts';

test('bilinear, 2×2 to 4×4: what PyTorch gives with align_corners=False', () => {
  const rows = [
    [0, 1, 3, 4],
    [2, 3, 5, 6],
    [6, 7, 9, 10],
    [8, 9, 11, 12],
  ];
  expect([...resizeBilinear([0, 4, 8, 12], [2, 2], [4, 4])]).toEqual(rows.flat());
});

test('bilinear keeps a map of the same size, and a single value everywhere', () => {
  expect([...resizeBilinear([1, 2, 3, 4, 5, 6], [2, 3], [2, 3])]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...resizeBilinear([7], [1, 1], [2, 2])]).toEqual([7, 7, 7, 7]);
});
