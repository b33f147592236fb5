import { expect, it } from 'vitest';
import { sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import { likeness, threeLayers } from './openingRows.ts';
import { reportLayers } from './reportLayers.ts';

const shown = { pixels: Uint8Array.of(0, 100, 200, 40), height: 2, width: 2, channels: 1 };

it('a map like the picture and its negative have |r| = 1; a constant one is left out', () => {
  const values = shown.pixels.length;
  const maps = Float32Array.from(
    { length: values * 3 },
    (_, i) => [1, -1, 0][i % 3]! * shown.pixels[Math.floor(i / 3)]!,
  );
  const { highest, median } = likeness(maps, [2, 2, 3], shown)!;
  expect(highest).toBeCloseTo(1, 12);
  expect(median).toBeCloseTo(1, 12);
});

it('averages the picture down to the map: rows of means 50 and 120 against 1 and 2 give 1', () => {
  expect(likeness([1, 2], [2, 1, 1], shown)?.highest).toBeCloseTo(1, 12);
});

it('has no likeness where nothing varies', () => {
  expect(likeness([3, 3, 3, 3], [2, 2, 1], shown)).toBe(null);
  expect(likeness([Number.NaN, 3, 3, 3], [2, 2, 1], shown)).toBe(null);
});

it('chooses the first, the middle and the last hidden layer', () => {
  const chosen = (spec?: readonly LayerSpec[]) =>
    threeLayers(reportLayers(sampleInspection({ images: 0, ...(spec && { spec }) }).record)).map(
      ([title, { name }]) => `${title} ${name}`,
    );
  expect(chosen()).toEqual(['First relu_1', 'Middle relu_2', 'Last relu_3']);
  const input = { type: 'input', shape: [6] } as const;
  const answer = { type: 'dense', units: 10, activation: 'softmax' } as const;
  const hidden = { type: 'dense', units: 20, activation: 'relu' } as const;
  expect(chosen([input, answer])).toEqual(['First dense_1']);
  expect(chosen([input, hidden, answer])).toEqual(['First relu_1']);
  expect(chosen([input, hidden, hidden, answer])).toEqual(['First relu_1', 'Middle dense_2', 'Last relu_2']);
  const four = [input, hidden, hidden, hidden, hidden, answer];
  expect(chosen(four)).toEqual(['First relu_1', 'Middle relu_2', 'Last relu_4']);
});
