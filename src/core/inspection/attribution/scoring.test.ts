import { describe, expect, test } from 'vitest';
import { inlineEngine, workerEngine } from '../../../../test/engine/engines.ts';
import { preprocessingFor } from '../../data/preprocessing.ts';
import { randomSequence, streams } from '../../engine/random.ts';
import { initialParameters } from '../../graph/initialise.ts';
import { buildNetwork, type Network } from '../../graph/network.ts';
import type { AttributionMap } from '../record.ts';
import type { InspectionTarget } from '../target.ts';
import { createExplainer } from './explainer.ts';
import { type Attributing, type ScoreOptions, scoreMethods } from './scoring.ts';

const side = 8;
const pixels = side * side;
const N = 12;
const random = randomSequence(5, streams.inspection, 1);
const images = Uint8Array.from({ length: N * pixels }, () => random.below(256));

function targetOf(network: Network, parameters: Float32Array): InspectionTarget {
  const preprocessing = preprocessingFor(network.inputShape);
  return { network, parameters, untrained: parameters, preprocessing, engine: inlineEngine, threads: 1 };
}

/** Class 0 for what is bright in the middle 4 × 4 pixels, class 1 for the rest: its weights say where it looks. */
const middle = buildNetwork([
  { type: 'input', shape: [side, side, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 2, activation: 'softmax' },
]);
const inMiddle = (at: number) => [at % side, Math.floor(at / side)].every((place) => place >= 2 && place < 6);
const middleWeights = new Float32Array(middle.parameterCount);
for (let at = 0; at < pixels; at++) if (inMiddle(at)) middleWeights[at * 2] = 0.5;
const middleSubject = targetOf(middle, middleWeights);

/** A method that sees nothing of the network: its map of a picture, asked for by the picture's pixels, 0 to 1. */
function ignorant(mapOf: (picture: Float32Array, n: number) => number[]): Attributing {
  return {
    places: [{ method: 'gradient', layer: null }],
    attribute: async (place, x, targetClasses) =>
      targetClasses.map((_, n): AttributionMap => {
        const values = mapOf(x.subarray(n * pixels, (n + 1) * pixels), n);
        return { ...place, values, noPositiveEvidence: values.every((value) => value <= 0) };
      }),
    close: async () => {},
  };
}

const scored = (explainer: Attributing, more: Partial<ScoreOptions> = {}) =>
  scoreMethods({
    target: middleSubject,
    explainer,
    explain: async () => explainer,
    images,
    targetClasses: new Array<number>(N).fill(0),
    seed: 2,
    ...more,
  });
const anywhere = ignorant((_, n) => {
  const draw = randomSequence(9, streams.inspection, n);
  return Array.from({ length: pixels }, () => draw.float());
});
const oracle = ignorant((picture) => Array.from(picture, (value, at) => (inMiddle(at) ? value : 0)));

describe('deletion and insertion on a network', () => {
  test('random maps score as random orders do: each interval holds the other figure', async () => {
    const [score] = await scored(anywhere);
    const { deletion, insertion, randomDeletion, randomInsertion } = score!;
    for (const [mine, chance] of [
      [deletion, randomDeletion],
      [insertion, randomInsertion],
    ] as const) {
      expect(mine.low).toBeLessThanOrEqual(chance.value);
      expect(mine.high).toBeGreaterThanOrEqual(chance.value);
    }
  });

  test('a map of where the network looks beats them by more than both intervals', async () => {
    const [score] = await scored(oracle);
    expect(score!.deletion.high).toBeLessThan(score!.randomDeletion.low);
    expect(score!.insertion.low).toBeGreaterThan(score!.randomInsertion.high);
  });

  test('the opposite of it does worse than chance', async () => {
    const [score] = await scored(
      ignorant((_, n) => Array.from({ length: pixels }, (__, at) => (inMiddle(at) ? -1 : n))),
    );
    expect(score!.deletion.low).toBeGreaterThan(score!.randomDeletion.high);
    expect(score!.insertion.high).toBeLessThan(score!.randomInsertion.low);
  });

  test('areas are means of probabilities, over all images', async () => {
    for (const score of await scored(oracle)) {
      expect(score.images).toBe(N);
      for (const { low, value, high } of [
        score.deletion,
        score.insertion,
        score.randomDeletion,
        score.randomInsertion,
      ]) {
        expect([0, low, value, high, 1]).toEqual([0, low, value, high, 1].sort((a, b) => a - b));
      }
    }
  });
});

const deep = buildNetwork([
  { type: 'input', shape: [side, side, 1] },
  { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 12, activation: 'relu' },
  { type: 'dense', units: 3, activation: 'softmax' },
]);
const deepSubject = targetOf(deep, initialParameters(deep, 4));
const deepLevels = ['dense_2', 'dense_1', 'conv2d_1'];
const explainerOf = (target: InspectionTarget) => createExplainer({ ...target, seed: 0 });

/** Horizontal differences: an edge detector. */
const edges = ignorant((picture) => Array.from(picture, (value, at) => value - (picture[at - 1] ?? 0)));

describe('random weights', () => {
  test('an edge detector stays at exactly 1 at every level, and so is found out', async () => {
    const [score] = await scored(edges, { target: deepSubject });
    expect(score!.sanity).toEqual(deepLevels.map((downTo) => ({ downTo, correlation: { value: 1, low: 1, high: 1 } })));
    expect(score!.undefinedCases).toBe(0);
  });

  test('the gradient falls below 0.25 in size once all weights are random', async () => {
    const explainer = await explainerOf(deepSubject);
    const targetClasses = new Array<number>(N).fill(0);
    const scores = await scoreMethods({ target: deepSubject, explainer, images, targetClasses, seed: 2 });
    await explainer.close();
    const { sanity } = scores.find(({ method }) => method === 'gradient')!;
    expect(sanity.map(({ downTo }) => downTo)).toEqual(deepLevels);
    expect(Math.abs(sanity.at(-1)!.correlation.value)).toBeLessThan(0.25);
    expect(scores.map(({ method, layer }) => ({ method, layer }))).toEqual(explainer.places);
  });

  test('constant maps are left out and counted, never NaN', async () => {
    const [all] = await scored(
      ignorant(() => new Array<number>(pixels).fill(0)),
      { target: deepSubject },
    );
    expect(all).toMatchObject({ sanity: [], undefinedCases: N });
    const some = ignorant((picture, n) => Array.from(picture, (value) => (n < 3 ? 7 : value)));
    const [part] = await scored(some, { target: deepSubject });
    expect(part!.undefinedCases).toBe(3);
    expect(part!.sanity).toEqual(deepLevels.map((downTo) => ({ downTo, correlation: { value: 1, low: 1, high: 1 } })));
    expect(JSON.stringify([all, part])).not.toContain('null,"low"');
  });

  test('every explainer that was made is closed, also where one fails', async () => {
    let open = 0;
    const explain = async (): Promise<Attributing> => {
      open++;
      return {
        ...edges,
        attribute: () => Promise.reject(new Error('the worker died')),
        close: async () => void open--,
      };
    };
    await expect(scored(edges, { explain, target: deepSubject })).rejects.toThrow('the worker died');
    expect(open).toBe(0);
  });
});

test.each([false, true])('maps that are known already are not asked for again (quick: %s)', async (quick) => {
  let asked = 0;
  const counting: Attributing = {
    ...oracle,
    attribute: (...question) => {
      asked++;
      return oracle.attribute(...question);
    },
  };
  const x = Float32Array.from(images, (value) => value / 255);
  const targetClasses = Array.from({ length: N }, (_, n) => n % 2);
  const maps = await oracle.attribute(oracle.places[0]!, x, targetClasses);
  const of = (explainer: Attributing, known?: ScoreOptions['maps']) =>
    scored(explainer, { explain: async () => oracle, targetClasses, quick, ...(known && { maps: known }) });
  const scores = await of(
    counting,
    maps.map((map) => [map]),
  );
  expect(asked).toBe(0);
  expect(scores).toEqual(await of(oracle));
});

test('quick takes six images from first to last, the first and the last level of the cascade', async () => {
  const [score] = await scored(edges, { target: deepSubject, quick: true });
  expect(score!.images).toBe(6);
  expect(score!.sanity.map(({ downTo }) => downTo)).toEqual(['dense_2', 'conv2d_1']);
});

test('progress rises from 0 and stays below 1', async () => {
  const shares: number[] = [];
  await scored(edges, { target: deepSubject, onProgress: (share) => shares.push(share) });
  expect(shares[0]).toBe(0);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThan(1);
  expect(shares.length).toBeGreaterThan(5);
});

test('no image, no score', async () => {
  expect(await scored(edges, { images: new Uint8Array(), targetClasses: [] })).toEqual([]);
});

test('one thread and two give the same numbers', async () => {
  const scores = await Promise.all(
    [1, 2].map(async (threads) => {
      const target = { ...deepSubject, engine: workerEngine, threads };
      const explainer = await explainerOf(target);
      const targetClasses = Array.from({ length: N }, (_, n) => n % 3);
      const result = await scoreMethods({ target, explainer, images, targetClasses, seed: 2, quick: true });
      await explainer.close();
      return result;
    }),
  );
  expect(scores[1]).toEqual(scores[0]);
  expect(scores[0]!.length).toBe(9);
});
