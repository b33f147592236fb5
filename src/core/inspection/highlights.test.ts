import { expect, it } from 'vitest';
import { courseOf, leastAlike, selectivityHighlights, widestGap } from './highlights.ts';
import type { Estimate } from './record.ts';

const about = (value: number, half = 0.01): Estimate => ({ value, low: value - half, high: value + half });
const along = (...values: (number | null)[]) => values.map((value) => (value === null ? null : about(value)));

it('the course of a measure: its ends, the certain change, and a turn that is beyond both ends', () => {
  const at = (course: ReturnType<typeof courseOf>) => [
    course?.first.at,
    course?.last.at,
    course?.change,
    course?.turn?.at,
  ];
  expect(at(courseOf(along(null, 0.1, 0.4, 0.9)))).toEqual([1, 3, 'rises', undefined]);
  expect(at(courseOf(along(0.5, 0.9, 0.2)))).toEqual([0, 2, 'falls', 1]);
  expect(at(courseOf(along(0.5, 0.1, 0.51)))).toEqual([0, 2, 'none', 1]);
  expect(courseOf(along(null, null))).toBe(null);
});

it('the widest gap, among places whose intervals are disjoint', () => {
  expect(widestGap(along(0.1, 0.4, 0.9), along(0.1, 0.1, 0.2))).toBe(2);
  expect(widestGap([about(0.1), about(0.5, 0.5)], [about(0.2), about(0.1, 0.5)])).toBe(0);
  expect(widestGap(along(0.1), along(0.11))).toBe(null);
  expect(widestGap(along(0.1, null), along(null, 0.1))).toBe(undefined);
});

it('the neighbours that are least alike, labels apart', () => {
  const cka = [
    [1, 0.1, 0.2, 0.3, 0],
    [0.1, 1, 0.9, 0.3, 0],
    [0.2, 0.9, 1, 0.7, 0],
    [0.3, 0.3, 0.7, 1, 0],
    [0, 0, 0, 0, 1],
  ];
  expect(leastAlike(cka)).toEqual({ at: 3, cka: 0.7 });
  expect(leastAlike(cka.slice(0, 3))).toBe(null);
});

it('the maps that cost accuracy for certain, the most selective and the costliest', () => {
  const map = (channel: number, selectivity: number, lost: number) => ({
    layer: 'relu_1',
    channel,
    dead: false,
    top: [],
    selectivity: { value: selectivity, label: 0 },
    accuracyLost: about(lost),
  });
  const maps = [map(0, 0.9, 0), map(1, 0.2, 0.012), map(2, 0.1, 0.009)];
  expect(selectivityHighlights(maps)).toEqual({ costly: 1, mostSelective: maps[0], costliest: maps[1] });
});
