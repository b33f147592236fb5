import { expect, test } from 'vitest';
import type { Progress as TrainingProgress } from '../../core/training/loop.ts';
import { trainingReporter } from './trainingReporter.ts';

/** The shares that are shown for the training's progress. */
function sharesOf(steps: readonly Partial<TrainingProgress>[]): (number | undefined)[] {
  const shares: (number | undefined)[] = [];
  const nothing = () => {};
  const reporter = trainingReporter({ update: (share) => void shares.push(share), log: nothing, done: nothing });
  for (const step of steps) {
    const { loss, accuracy, images, imagesPerSecond } = { loss: 1, accuracy: 0, images: 1, imagesPerSecond: 1 };
    reporter.onStep({
      ...{ epoch: 1, epochs: 3, step: 1, stepsPerEpoch: 2, epochCosts: [1, 1, 1] },
      ...{ loss, accuracy, images, imagesPerSecond, ...step },
    });
  }
  return shares;
}

test('equal epochs have equal shares of the progress', () => {
  expect(sharesOf([{}, { step: 2 }, { epoch: 3 }, { epoch: 3, step: 2 }])).toEqual([1 / 6, 1 / 3, 5 / 6, 1]);
});

test('epochs with smaller images have smaller shares, so that the time left stays right', () => {
  const epochCosts = [1, 1, 6];
  const at = [{ epoch: 1 }, { epoch: 2 }, { epoch: 2, step: 2 }, { epoch: 3 }, { epoch: 3, step: 2 }];
  expect(sharesOf(at.map((step) => ({ ...step, epochCosts })))).toEqual([1 / 16, 3 / 16, 1 / 4, 5 / 8, 1]);
});

test('where fewer epochs are compared than the run has, their costs alone count', () => {
  expect(sharesOf([{ epoch: 2, epochs: 2, step: 2, epochCosts: [1, 3, 100] }])).toEqual([1]);
});
