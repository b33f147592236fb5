import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inlineEngine, workerEngine } from '../../../test/engine/engines.ts';
import { imagesInMemory } from '../data/images.ts';
import { preprocessingFor } from '../data/preprocessing.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import { type Classifier, openClassifier } from './classifier.ts';
import { costOf, createEnsemble, isEnsemble, membersOf, openServable } from './ensemble.ts';
import type { Model } from './model.ts';
import { openAveragingClassifier } from './testTimeAugmentation.ts';

/** An untrained model of 3×4 grey pictures with weights that are large enough for clear answers. */
function untrained(seed: number, units: number, classNames = ['a', 'b', 'c'], height = 3): Model {
  const network = buildNetwork([
    { type: 'input', shape: [height, 4, 1] },
    { type: 'flatten' },
    { type: 'dense', units, activation: 'relu' },
    { type: 'dense', units: classNames.length, activation: 'softmax' },
  ]);
  const parameters = initialParameters(network, seed).map((weight) => 5 * weight);
  return { network, parameters, classNames, preprocessing: preprocessingFor(network.inputShape) };
}

const models = [untrained(1, 5), untrained(2, 8), untrained(3, 5)];
const named = (given: readonly Model[]) => given.map((model, i) => ({ name: `runs/${i}`, model }));
const ensemble = createEnsemble(named(models));
const pictures = Uint8Array.from({ length: 1000 * 12 }, (_, i) => (i * i * 7 + i * 13) % 256);
const set = imagesInMemory(
  pictures,
  Array.from({ length: 1000 }, (_, n) => n % 3),
  { height: 3, width: 4, channels: 1 },
);

let averaging: Classifier;
let members: readonly Classifier[];
beforeAll(async () => {
  averaging = await openServable(ensemble, inlineEngine, 1);
  members = await Promise.all(models.map((model) => openClassifier(model, inlineEngine, 1)));
});
afterAll(() => Promise.all([averaging, ...members].map((classifier) => classifier.close())));

describe('an ensemble', () => {
  test('of three answers with the mean of their probabilities, float64 sums in the members’ order', async () => {
    const own = await Promise.all(members.map((member) => member.probabilities(pictures)));
    const expected = own[0]!.map((first, i) => (first + own[1]![i]! + own[2]![i]!) / 3);
    expect(await averaging.probabilities(pictures)).toEqual(expected);
    expect((await averaging.answersOf(set)).probabilities).toEqual(expected);
    expect(new Set(own.map((one) => one.join())).size).toBe(3);
  });

  test('has the first member’s features, and −ln of the mean as its loss', async () => {
    const { probabilities, features } = await averaging.answers(pictures);
    expect(features).toEqual((await members[0]!.answers(pictures)).features);
    const { losses } = await averaging.score(set, Uint32Array.of(7, 3));
    for (const [i, n] of [7, 3].entries()) {
      expect(losses[i]).toBeCloseTo(-Math.log(probabilities[3 * n + (n % 3)]!), 6);
    }
  });

  test('has the same bits on 1 and 3 threads', async () => {
    for (const threads of [1, 3]) {
      const onThreads = await openServable(ensemble, workerEngine, threads);
      expect(await onThreads.answers(pictures)).toEqual(await averaging.answers(pictures));
      await onThreads.close();
    }
  });

  test('with test-time augmentation averages over members in each view', async () => {
    const flipping = await openAveragingClassifier(ensemble, inlineEngine, 1, ['flip']);
    const mirrored = pictures.map((_, i) => pictures[i - (i % 4) + 3 - (i % 4)]!);
    const [plain, other] = [await averaging.probabilities(pictures), await averaging.probabilities(mirrored)];
    expect(await flipping.probabilities(pictures)).toEqual(plain.map((p, i) => (p + other[i]!) / 2));
    await flipping.close();
  });

  test('costs as much as its members together', () => {
    const parameters = [12 * 5 + 5 + 5 * 3 + 3, 12 * 8 + 8 + 8 * 3 + 3, 12 * 5 + 5 + 5 * 3 + 3];
    expect(costOf(ensemble)).toEqual({
      passes: 3,
      parameters: parameters.reduce((sum, count) => sum + count, 0),
      multiplyAdds: 2 * (12 * 5 + 5 * 3) + 12 * 8 + 8 * 3,
    });
    expect(costOf(models[1]!)).toEqual({ passes: 1, parameters: parameters[1], multiplyAdds: 12 * 8 + 8 * 3 });
  });

  test('among other models counts with each of its members', () => {
    const all = createEnsemble([
      { name: 'three', model: ensemble },
      { name: 'more', model: untrained(4, 6) },
    ]);
    expect(membersOf(all)).toHaveLength(4);
    expect([all, models[0]!].map(isEnsemble)).toEqual([true, false]);
  });

  test.each([
    ['one model', [models[0]!], /^An ensemble needs at least two models/],
    [
      'other sizes',
      [models[0]!, untrained(2, 5, ['a', 'b', 'c'], 5)],
      /pictures of the size \[3, 4, 1\], but runs\/1 \[5, 4, 1\]/,
    ],
    [
      'other classes',
      [models[0]!, untrained(2, 5, ['a', 'b', 'd'])],
      /runs\/0 has the classes a, b, c, but runs\/1 a, b, d;/,
    ],
    [
      'other preprocessing',
      [models[0]!, { ...models[1]!, preprocessing: { ...models[1]!.preprocessing, divideBy: 127 } }],
      /runs\/0 has the preprocessing .*255.*, but runs\/1 .*127/,
    ],
    ['a model twice', [models[0]!, models[1]!, untrained(1, 5)], /^runs\/0 and runs\/2 have the same weights,/],
  ])('of %s is refused', (_, given, sentence) => {
    expect(() => createEnsemble(named(given))).toThrow(expect.objectContaining({ code: 'bad-option' }));
    expect(() => createEnsemble(named(given))).toThrow(sentence);
  });
});
