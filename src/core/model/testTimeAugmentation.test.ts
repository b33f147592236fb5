import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inlineEngine } from '../../../test/engine/engines.ts';
import { subset } from '../../../test/engine/fixtures.ts';
import { readImages } from '../data/images.ts';
import { preprocess, preprocessingFor } from '../data/preprocessing.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { Classifier } from './classifier.ts';
import type { Model } from './model.ts';
import { openAveragingClassifier, passesWith, type TestTimeTransform } from './testTimeAugmentation.ts';

const head: readonly LayerSpec[] = [
  { type: 'flatten' },
  { type: 'dense', units: 7, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

function untrained(shape: readonly number[]): Model {
  const network = buildNetwork([{ type: 'input', shape: [...shape] } as LayerSpec, ...head]);
  const parameters = initialParameters(network, 1).map((weight) => 5 * weight);
  const classNames = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  return { network, parameters, classNames, preprocessing: preprocessingFor(network.inputShape) };
}

const [height, width, channels] = [4, 5, 2];
const size = height * width * channels;
const model = untrained([height, width, channels]);
const choices: readonly (readonly TestTimeTransform[])[] = [['flip'], ['shift'], ['flip', 'shift']];

let plain: Classifier;
const averaging = new Map<string, Classifier>();
beforeAll(async () => {
  plain = await openAveragingClassifier(model, inlineEngine, 1);
  for (const choice of choices) {
    averaging.set(choice.join(), await openAveragingClassifier(model, inlineEngine, 1, choice));
  }
});
afterAll(() => Promise.all([plain, ...averaging.values()].map((classifier) => classifier.close())));

/** A picture by what is at each row, column and channel. */
function pictureOf(at: (h: number, w: number, c: number) => number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) =>
    at(Math.floor(i / (width * channels)), Math.floor(i / channels) % width, i % channels),
  );
}

/** A picture's views, written out. */
function viewsOf(picture: Uint8Array, transforms: readonly TestTimeTransform[]): Uint8Array[] {
  const at = (h: number, w: number, c: number) =>
    h < 0 || h >= height || w < 0 || w >= width ? 0 : picture[(h * width + w) * channels + c]!;
  const shifted = [
    picture,
    ...(transforms.includes('shift')
      ? [
          pictureOf((h, w, c) => at(h - 1, w, c)),
          pictureOf((h, w, c) => at(h + 1, w, c)),
          pictureOf((h, w, c) => at(h, w - 1, c)),
          pictureOf((h, w, c) => at(h, w + 1, c)),
        ]
      : []),
  ];
  const mirrored = (one: Uint8Array) => pictureOf((h, w, c) => one[(h * width + (width - 1 - w)) * channels + c]!);
  return [...shifted, ...(transforms.includes('flip') ? shifted.map(mirrored) : [])];
}

const pictures = fc
  .array(fc.uint8Array({ minLength: size, maxLength: size }), { minLength: 1, maxLength: 4 })
  .map((list) => Uint8Array.from(list.flatMap((picture) => [...picture])));
const rowsOf = (values: Float32Array) =>
  Array.from({ length: values.length / 10 }, (_, n) => values.slice(10 * n, 10 * n + 10));

test.each([
  [[], 1],
  [['flip'], 2],
  [['shift'], 5],
  [['flip', 'shift'], 10],
] as const)('%j takes %i passes', (transforms, passes) => {
  expect(passesWith(transforms)).toBe(passes);
});

describe.each(choices.map((choice) => [choice.join(), choice] as const))('%s', (name, transforms) => {
  const averaged = () => averaging.get(name)!;

  test('probabilities are the means over the views, within a unit in the last place', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (given) => {
        const means = rowsOf(await averaged().probabilities(given));
        for (const [n, mean] of means.entries()) {
          const views = viewsOf(given.subarray(n * size, (n + 1) * size), transforms);
          expect(views).toHaveLength(passesWith(transforms));
          const all: Float32Array[] = [];
          for (const view of views) all.push(await plain.probabilities(view));
          for (const [j, p] of mean.entries()) {
            const expected = all.reduce((sum, one) => sum + one[j]!, 0) / all.length;
            expect(Math.abs(p - expected)).toBeLessThanOrEqual(expected * 2 ** -23);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('features are those of the picture itself, and scaled pictures get the same answers', async () => {
    const given = pictureOf((h, w, c) => 40 * h + 7 * w + c);
    const answers = await averaged().answers(given);
    expect(answers.features).toHaveLength(7);
    expect(answers.features).toEqual((await plain.answers(given)).features);
    expect(await averaged().answers(preprocess(model.preprocessing, given))).toEqual(answers);
    expect(answers.probabilities).not.toEqual(await plain.probabilities(given));
  });

  test('a picture’s answer does not depend on the other pictures of its batch', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (given) => {
        const all = rowsOf(await averaged().probabilities(given));
        for (const [n, row] of all.entries()) {
          expect(await averaged().probabilities(given.subarray(n * size, (n + 1) * size))).toEqual(row);
        }
      }),
      { numRuns: 10 },
    );
  });
});

test('with flip, a picture and its mirror image have the same probabilities, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(pictures, async (given) => {
      const mirrored = given.slice();
      for (let start = 0; start < given.length; start += size) {
        mirrored.set(viewsOf(given.subarray(start, start + size), ['flip'])[1]!, start);
      }
      const flip = averaging.get('flip')!;
      expect(await flip.probabilities(mirrored)).toEqual(await flip.probabilities(given));
    }),
    { numRuns: 30 },
  );
});

test('labelled images, 600 of them, have the answers of their pictures, and −ln p of their labels as losses', async () => {
  const data = subset();
  const classifier = await openAveragingClassifier(untrained([28, 28, 1]), inlineEngine, 1, ['flip']);
  const samples = Uint32Array.from({ length: 600 }, (_, i) => (i * 7) % 400);
  const answers = await classifier.answers(await readImages(data.train, samples));
  expect(await classifier.answersOf(data.train, samples)).toEqual(answers);
  const { probabilities, losses } = await classifier.score(data.train, samples);
  expect(probabilities).toEqual(answers.probabilities);
  for (const [n, sample] of samples.entries()) {
    const expected = -Math.log(probabilities[10 * n + data.train.labels[sample]!]!);
    expect(Math.abs(losses[n]! - expected)).toBeLessThan(1e-6 * Math.max(1, expected));
  }
  await classifier.close();
});

test('a loss is finite where the label’s probability is rounded to 0: 103.28 nats', async () => {
  const sure = { ...model, parameters: model.parameters.map((weight) => weight * 1000) };
  const classifier = await openAveragingClassifier(sure, inlineEngine, 1, ['flip']);
  const set = {
    ...{ count: 10, height, width, channels, labels: Uint32Array.from({ length: 10 }, (_, i) => i) },
    read: (indices: ArrayLike<number>, target: Uint8Array) => void target.fill(200, 0, indices.length * size),
  };
  const { losses } = await classifier.score(set);
  expect(Math.max(...losses)).toBeCloseTo(103.28, 2);
  await classifier.close();
});

test('shifts are refused for pictures of two pixels, before anything is opened', async () => {
  const opened = openAveragingClassifier(untrained([2, 9, 1]), inlineEngine, 1, ['flip', 'shift']);
  await expect(opened).rejects.toMatchObject({
    code: 'bad-option',
    message:
      'Shifts by one pixel leave too little of pictures of [2, 9, 1]; leave shift out of the test-time augmentation.',
  });
});
