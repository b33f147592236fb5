import { expect, it } from 'vitest';
import { createExamples } from './pictures.ts';

function examplesOf(classes: number, labels: readonly number[], predicted: readonly number[]) {
  const examples = createExamples(classes);
  for (const [i, label] of labels.entries()) examples.add(i, label, predicted[i]!);
  return examples;
}

it('takes the first right and the first wrong image of each class', () => {
  const examples = examplesOf(3, [1, 0, 0, 1, 0, 1, 2], [0, 0, 0, 1, 2, 1, 2]);
  expect(examples.chosen()).toEqual([1, 4, 3, 0, 6]);
  expect(examples.isFull()).toBe(false);
  examples.add(7, 2, 0);
  expect(examples.isFull()).toBe(true);
  expect(examples.chosen()).toEqual([1, 4, 3, 0, 6, 7]);
});

it('takes none of a class that is not there', () => {
  expect(examplesOf(4, [2, 2], [2, 2]).chosen()).toEqual([0]);
  expect(examplesOf(2, [], []).chosen()).toEqual([]);
});
