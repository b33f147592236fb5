import { expect, test } from 'vitest';
import { paddingBefore, samePadding } from './window.ts';

test.each([
  // extent, window, stride → outputs, before, after: what tf.nn.max_pool2d(padding='SAME') does.
  [7, 3, 1, 7, 1, 1],
  [7, 2, 1, 7, 0, 1],
  [8, 3, 2, 4, 0, 1],
  [7, 3, 2, 4, 1, 1],
  [7, 5, 2, 4, 2, 2],
  [8, 5, 2, 4, 1, 2],
  [6, 2, 2, 3, 0, 0],
  [7, 2, 2, 4, 0, 1],
  [5, 1, 2, 3, 0, 0],
  [4, 1, 3, 2, 0, 0],
  [2, 9, 1, 2, 4, 4],
  [1, 4, 4, 1, 1, 2],
])(
  "padding 'same' of %i values, window %i, stride %i: %i outputs, %i before, %i after",
  (extent, window, stride, output, before, after) => {
    expect(samePadding(extent, window, stride)).toEqual({ output, before, after });
  },
);

test('padding before the input is what the window says, or follows from the extent', () => {
  const window = { size: [3, 5], strides: [2, 2] } as const;
  expect(paddingBefore({ ...window, before: [4, 7] }, 8, 1)).toBe(7);
  expect(paddingBefore({ ...window, before: 'same' }, 8, 0)).toBe(0);
  expect(paddingBefore({ ...window, before: 'same' }, 7, 0)).toBe(1);
  expect(paddingBefore({ ...window, before: 'same' }, 7, 1)).toBe(2);
});
