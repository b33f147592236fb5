import { expect, it } from 'vitest';
import { estimate, methodScore as score } from '../../../../test/fixtures/inspection/methodScore.ts';
import type { MethodScore } from '../record.ts';
import { deepestLevel, outcomeOf, passesAll } from './outcome.ts';

it('compares gains by intervals that exclude 0, and checks that the last interval is within ±0.2', () => {
  const outcome = (changes: Partial<MethodScore>) => outcomeOf({ ...score, ...changes }, 'conv2d_1')!;
  const sanity = (low: number, high: number) => ({
    sanity: [{ downTo: 'conv2d_1', correlation: estimate(low, high) }],
  });
  expect(outcome({})).toEqual({ deletion: 'better', insertion: 'better', sane: true });
  expect(outcome({ deletionGain: estimate(-0.1, 0.3) }).deletion).toBe('no different');
  expect(outcome({ deletionGain: estimate(-0.3, -0.1) }).deletion).toBe('worse');
  expect(outcome({ insertionGain: estimate(-0.3, -0.2) }).insertion).toBe('worse');
  expect(outcome(sanity(0.1, 0.21)).sane).toBe(false);
  expect(outcome(sanity(-0.5, -0.3)).sane).toBe(false);
  expect(outcome({ sanity: [] }).sane).toBeNull();
});

it('has no result of the sanity check for a method without the deepest level', () => {
  const short = { ...score, sanity: [{ downTo: 'dense_2', correlation: estimate(-0.1, 0.1) }] };
  expect(deepestLevel([short, score])).toBe('conv2d_1');
  expect(outcomeOf(short, deepestLevel([short, score]))!.sane).toBeNull();
  expect(deepestLevel([{ ...score, sanity: [] }])).toBeUndefined();
});

it('has no outcome below 6 images', () => {
  expect(outcomeOf({ ...score, images: 5 }, 'conv2d_1')).toBeNull();
});

it('passes all checks only with both gains and the sanity check', () => {
  const outcome = { deletion: 'better', insertion: 'better', sane: true } as const;
  expect(passesAll(outcome)).toBe(true);
  expect(passesAll({ ...outcome, deletion: 'no different' })).toBe(false);
  expect(passesAll({ ...outcome, insertion: 'worse' })).toBe(false);
  expect(passesAll({ ...outcome, sane: null })).toBe(false);
});
