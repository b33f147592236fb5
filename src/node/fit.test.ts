import { describe, expect, test } from 'vitest';
import { imagesInMemory, type LabelledImages } from '../core/data/images.ts';
import { SelvedgeError } from '../core/errors.ts';
import { initialParameters } from '../core/graph/initialise.ts';
import { buildNetwork } from '../core/graph/network.ts';
import { fitData } from './fit.ts';
import { evaluate, type Model } from './index.ts';

const network = buildNetwork([
  { type: 'input', shape: [2, 3, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 2, activation: 'softmax' },
]);
const model: Model = {
  network,
  parameters: initialParameters(network, 1),
  classNames: ['shirt', 'shoe'],
  preprocessing: { divideBy: 255, reshape: [2, 3, 1], labels: 'oneHot' },
};
const pictures = (height: number, width: number, labels: readonly number[]): LabelledImages =>
  imagesInMemory(new Uint8Array(height * width * labels.length), labels, { height, width, channels: 1 });
const refusal = (set: LabelledImages) => evaluate(model, set, { threads: 1 }).then(() => undefined, String);

describe('evaluate, of the library', () => {
  test('scores pictures that fit', async () => {
    expect((await evaluate(model, pictures(2, 3, [0, 1, 1]), { threads: 1 })).count).toBe(3);
  });

  test('refuses pictures of another size, though they have as many pixels', async () => {
    expect(await refusal(pictures(3, 2, [0]))).toMatch(
      /^SelvedgeError: The model takes pictures of 2\s×\s3\s×\s1, but the given ones are 3\s×\s2\s×\s1; convert them first, or take another model\.$/,
    );
  });

  test('refuses a label that names no class, and says which', async () => {
    expect(await refusal(pictures(2, 3, [0, 1, 2]))).toBe(
      'SelvedgeError: The model tells 2 classes apart, from 0 to 1, but picture 2 has the label 2; give labels that name its classes.',
    );
  });
});

test('a data set of another number of classes is refused by its name', () => {
  const set = pictures(2, 3, [0]);
  expect(() => fitData(model, { name: 'hats', classNames: ['a', 'b', 'c'], train: set, test: set })).toThrow(
    new SelvedgeError(
      'bad-data',
      'The model tells 2 classes apart, but hats has 3; name another data set with --data.',
    ),
  );
});

test('of a data set with more classes a model gets its own, renumbered', () => {
  const set = pictures(2, 3, [2, 0, 1, 2]);
  const fitted = fitData(model, { name: 'all', classNames: ['hat', 'shirt', 'shoe'], train: set, test: set });
  expect(fitted.classNames).toEqual(['shirt', 'shoe']);
  expect([...fitted.train.labels]).toEqual([1, 0, 1]);
});

test('a model of photos is not scored on other classes, even if there are as many', () => {
  const set = pictures(4, 9, [0, 1]);
  const preprocessing = { ...model.preprocessing, pictures: { photos: 'whole', negate: false } } as const;
  expect(() =>
    fitData({ ...model, preprocessing }, { name: 'pets', classNames: ['cat', 'dog'], train: set, test: set }),
  ).toThrow(
    'The model tells shirt, shoe apart, but pets has other classes (cat, dog); name another data set with --data.',
  );
});

test('pictures of another size are made what the model takes where it says how', () => {
  const set = pictures(4, 9, [0, 1]);
  const preprocessing = { ...model.preprocessing, pictures: { photos: 'whole', negate: false } } as const;
  const { test: fitted } = fitData(
    { ...model, preprocessing },
    { name: 'all', classNames: model.classNames, train: set, test: set },
  );
  expect([fitted.height, fitted.width, fitted.channels]).toEqual([2, 3, 1]);
});
