import { describe, expect, test } from 'vitest';
import { type AskProbabilities, perturbationAreas, pixelOrder } from './deletion.ts';

/** p(class 0) = Σ weight · value ÷ 255 over all values of a picture; the rest is class 1's. */
const weighing =
  (weights: readonly number[]): AskProbabilities =>
  async (pictures) => {
    const count = pictures.length / weights.length;
    return Float32Array.from({ length: count * 2 }, (_, i) => {
      const picture = pictures.subarray((i >> 1) * weights.length, ((i >> 1) + 1) * weights.length);
      const p = weights.reduce((sum, weight, at) => sum + (weight * picture[at]!) / 255, 0);
      return i % 2 === 0 ? p : 1 - p;
    });
  };

const white = new Uint8Array(4).fill(255);
const four = { pictures: white, shape: [2, 2, 1], steps: 4 };
const ask = weighing([0.4, 0.3, 0.2, 0.1]);
const best = Uint32Array.of(0, 1, 2, 3);
const worst = Uint32Array.of(3, 2, 1, 0);

describe('deletion and insertion', () => {
  test.each([
    // Deleting: 1, 0.6, 0.3, 0.1, 0; inserting: 0, 0.4, 0.7, 0.9, 1.
    ['the best order: 0.375 and 0.625', four, best, 0, 0.375, 0.625],
    ['the worst order: 0.625 and 0.375', four, worst, 0, 0.625, 0.375],
    ['the other class, in the best order: 0.625 and 0.375', four, best, 1, 0.625, 0.375],
    // Deleting: 1, 0.3, 0; inserting: 0, 0.7, 1.
    ['two steps: 0.4 and 0.6', { ...four, steps: 2 }, best, 0, 0.4, 0.6],
    // One pixel, then two, then one: 1, 0.6, 0.1, 0; steps weigh as much as pixels go.
    ['three uneven steps: 0.3875 and 0.6125', { ...four, steps: 3 }, best, 0, 0.3875, 0.6125],
    ['more steps than pixels are as many as pixels', { ...four, steps: 99 }, best, 0, 0.375, 0.625],
    ['a black picture never changes: 0 and 0', { ...four, pictures: new Uint8Array(4) }, best, 0, 0, 0],
  ])('%s', async (_, question, order, target, deletion, insertion) => {
    const [areas] = await perturbationAreas({ ...question, orders: [order], targetClasses: [target] }, ask);
    expect(areas!.deletion).toBeCloseTo(deletion, 6);
    expect(areas!.insertion).toBeCloseTo(insertion, 6);
  });

  test('a pixel goes and comes with all its channels', async () => {
    const seen: number[][] = [];
    const watching: AskProbabilities = async (pictures) => {
      for (let i = 0; i < pictures.length; i += 6) seen.push([...pictures.subarray(i, i + 6)]);
      return new Float32Array((pictures.length / 6) * 2);
    };
    const pictures = Uint8Array.of(1, 2, 3, 4, 5, 6);
    await perturbationAreas(
      { pictures, shape: [1, 2, 3], steps: 2, orders: [Uint32Array.of(1, 0)], targetClasses: [0] },
      watching,
    );
    expect(seen).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  test('each picture is judged by its own order and class, all in one question', async () => {
    let questions = 0;
    const areas = await perturbationAreas(
      { ...four, pictures: Uint8Array.of(...white, ...white), orders: [best, worst], targetClasses: [0, 1] },
      (pictures) => {
        questions++;
        return ask(pictures);
      },
    );
    expect(areas.map(({ deletion }) => deletion)).toEqual([expect.closeTo(0.375, 6), expect.closeTo(0.375, 6)]);
    expect(questions).toBe(1);
  });
});

test('pixels go by their evidence with its sign, and of equals the first goes first', () => {
  expect([...pixelOrder([0, 2, -3, 2, 0, 5])]).toEqual([5, 1, 3, 0, 4, 2]);
  expect([...pixelOrder([0, -0, 0])]).toEqual([0, 1, 2]);
});
