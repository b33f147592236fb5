import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constantRate, type Schedule, scheduleFactor, scheduleIn, scheduleNames } from './schedules.ts';

const plain: Schedule = { name: 'constant', warmupSteps: 0, dropSteps: 1, dropFactor: 1 };
const factors = (total: number, schedule: Partial<Schedule>) =>
  Array.from({ length: total }, (_, i) => scheduleFactor(i + 1, total, { ...plain, ...schedule }));

describe('scheduleFactor', () => {
  test.each<[string, Partial<Schedule>, readonly number[]]>([
    ['constant', {}, [1, 1, 1, 1]],
    ['constant behind a warm-up', { warmupSteps: 2 }, [0.5, 1, 1, 1]],
    ['a warm-up as long as the run', { warmupSteps: 4 }, [0.25, 0.5, 0.75, 1]],
    ['linear', { name: 'linear' }, [1, 0.75, 0.5, 0.25]],
    ['linear behind a warm-up', { name: 'linear', warmupSteps: 2 }, [0.5, 1, 1, 0.5]],
    ['cosine', { name: 'cosine' }, [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]],
    ['step', { name: 'step', dropSteps: 2, dropFactor: 0.1 }, [1, 1, 0.1, 0.1]],
    ['step, again and again', { name: 'step', dropFactor: 0.5 }, [1, 0.5, 0.25, 0.125]],
    ['step behind a warm-up', { name: 'step', warmupSteps: 1, dropFactor: 0.5 }, [1, 0.5, 0.25, 0.125]],
  ])('%s', (_, schedule, expected) => {
    for (const [i, factor] of factors(4, schedule).entries()) expect(factor).toBeCloseTo(expected[i]!, 15);
  });

  const schedules = fc.record({
    name: fc.constantFrom(...scheduleNames),
    warmupSteps: fc.nat({ max: 400 }),
    dropSteps: fc.integer({ min: 1, max: 300 }),
    dropFactor: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });

  test('is within 1e-14 of the formula with the host’s cosine, above 0 and at most 1, rises in the warm-up and never after it', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 400 }), (drawn, total) => {
        const schedule = { ...drawn, warmupSteps: Math.min(drawn.warmupSteps, total) };
        const { name, warmupSteps, dropSteps, dropFactor } = schedule;
        const is = factors(total, schedule);
        for (const [i, factor] of is.entries()) {
          const done = (i - warmupSteps) / (total - warmupSteps);
          const after = {
            constant: 1,
            linear: 1 - done,
            cosine: 0.5 * (1 + Math.cos(Math.PI * done)),
            step: dropFactor ** Math.floor(i / dropSteps),
          };
          const should = i < warmupSteps ? (i + 1) / warmupSteps : after[name];
          expect(Math.abs(factor - should), `step ${i + 1}`).toBeLessThan(1e-14);
          expect(factor).toBeLessThanOrEqual(1);
          if (i > 0 && i < warmupSteps) expect(factor).toBeGreaterThan(is[i - 1]!);
          if (i > warmupSteps) expect(factor).toBeLessThanOrEqual(is[i - 1]!);
          if (name !== 'step') expect(factor).toBeGreaterThan(0);
        }
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});

test('scheduleIn rounds epochs to whole steps, a drop to one at least', () => {
  const settings = { schedule: 'step', warmupEpochs: 0.5, stepEpochs: 1.25, stepFactor: 0.3 } as const;
  expect(scheduleIn(settings, 13)).toEqual({ name: 'step', warmupSteps: 7, dropSteps: 16, dropFactor: 0.3 });
  expect(scheduleIn({ ...settings, stepEpochs: 0.01 }, 13).dropSteps).toBe(1);
  expect(scheduleFactor(9, 10, scheduleIn(constantRate, 5))).toBe(1);
});
