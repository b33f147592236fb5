import { describe, expect, test } from 'vitest';
import { type ComparedGroup, type ComparedRun, compareGroups } from './compare.ts';
import { measureTest } from './measure.ts';
import { judge, pValueText } from './verdict.ts';

/** A run that is right on the images that `isRight` chooses of 1,000. */
function run(seed: number, isRight: (n: number) => boolean, more: Partial<ComparedRun> = {}): ComparedRun {
  const correct = Uint8Array.from({ length: 1000 }, (_, n) => (isRight(n) ? 1 : 0));
  const accuracy = correct.reduce((sum, one) => sum + one, 0) / 1000;
  const plain = { equalMass: 0.02, equalWidth: 0.01, loss: 1 - accuracy };
  return {
    ...{ run: `run-${seed}`, seed, accuracy, plain, calibrated: null, correct },
    ...{ secondsPerEpoch: 2, trainingSeconds: 10, threads: 2, processor: 'one' },
    ...more,
  };
}

const upTo = (most: number) => (n: number) => n < most;
const group = (label: string, ...runs: ComparedRun[]): ComparedGroup => ({
  ...{ label, runs, parameters: 10, multiplyAdds: 100 },
});
const compare = (...groups: ComparedGroup[]) =>
  compareGroups({ groups, notes: [], selvedge: '1', dataset: { name: 'x', testImages: 1000 } });

const low = group('low', run(0, upTo(800)), run(1, upTo(805)), run(2, upTo(810)));
const high = group('high', run(0, upTo(850)), run(1, upTo(856)), run(2, upTo(858)));

describe('a comparison', () => {
  test('pairs groups with the same seeds by seed, and has McNemar’s test of each pair', () => {
    const { differences, groups } = compare(low, high);
    const [{ accuracy, loss, images, verdict, sentence } = expect.fail()] = differences;
    expect(groups.map(({ id, label }) => [id, label])).toEqual([
      ['A', 'low'],
      ['B', 'high'],
    ]);
    expect(accuracy.test).toMatchObject({ method: 'paired', degreesOfFreedom: 2 });
    expect(accuracy.value).toBeCloseTo(-0.149 / 3, 12);
    expect(loss.value).toBeCloseTo(0.149 / 3, 12);
    expect(
      images.pairs.map(({ firstSeed, secondSeed, onlyFirst, onlySecond }) => [
        firstSeed,
        secondSeed,
        onlyFirst,
        onlySecond,
      ]),
    ).toEqual([
      [0, 0, 0, 50],
      [1, 1, 0, 51],
      [2, 2, 0, 48],
    ]);
    expect(verdict).toBe('difference');
    expect(sentence).toMatch(/^B is better than A by 4\.97 percentage points, more than noise over seeds \(p = 0\.00/);
  });

  test('uses Welch’s test and all pairs of runs where the seeds differ', () => {
    const [difference] = compare(low, group('high', run(3, upTo(850)), run(4, upTo(852)))).differences;
    expect(difference!.accuracy.test!.method).toBe('Welch');
    expect(difference!.images.pairs).toHaveLength(6);
  });

  test('of groups with one run tests images only, and says that seeds were not tested', () => {
    const { differences, groups, notes } = compare(group('a', run(0, upTo(800))), group('b', run(0, upTo(900))));
    expect(groups[0]!.accuracy).toEqual({ mean: 0.8, interval: null });
    expect(differences[0]).toMatchObject({ accuracy: { test: null, adjustedPValue: null }, verdict: 'uncertain' });
    expect(differences[0]!.sentence).toContain('train more seeds of both');
    expect(notes.join()).toContain('one run has no interval');
  });

  test('of equal models is noise with p 1 over seeds', () => {
    const [difference] = compare(low, { ...low, label: 'other' }).differences;
    expect(difference).toMatchObject({
      verdict: 'noise',
      accuracy: { adjustedPValue: 1 },
      images: { adjustedPValue: 1 },
    });
  });

  test('corrects the p-values of three pairs of groups', () => {
    const { differences } = compare(low, high, group('other', run(0, upTo(801)), run(1, upTo(803)), run(2, upTo(812))));
    expect(differences.map(({ first, second }) => first + second)).toEqual(['AB', 'AC', 'BC']);
    const [ab] = differences;
    expect(ab!.accuracy.adjustedPValue).toBeCloseTo(3 * ab!.accuracy.test!.pValue, 12);
    expect(differences[1]!.verdict).toBe('noise');
  });

  test('has means of time and calibration, and notes other machines', () => {
    const calibrated = { equalMass: 0.01, equalWidth: 0.02, loss: 0.3, temperature: 1.5 };
    const mixed = group(
      'a',
      run(0, upTo(800), { calibrated }),
      run(1, upTo(800), { secondsPerEpoch: 4, processor: 'two' }),
    );
    const { groups, notes } = compare(mixed);
    expect(groups[0]).toMatchObject({ calibrated: null, secondsPerEpoch: 3, trainingSeconds: 10 });
    expect(notes.join()).toContain('different processors');
    const one = compare(group('a', run(0, upTo(800), { calibrated }))).groups[0]!;
    expect(one.calibrated).toEqual({ equalMassError: 0.01, equalWidthError: 0.02, loss: 0.3 });
    expect(compare(mixed).differences).toEqual([]);
  });
});

describe('the verdict', () => {
  const judged = (overSeeds: number | null, onImages: number) =>
    judge({
      ...{ first: 'A', second: 'B' },
      accuracy: { value: 0.0123, test: null, adjustedPValue: overSeeds },
      images: { adjustedPValue: onImages },
    });

  test.each([
    [
      0.05,
      0.05,
      'difference',
      /^A is better than B by 1\.23 percentage points, more than noise over seeds \(p = 0\.050\)/,
    ],
    [
      0.051,
      0.06,
      'noise',
      /^The difference of 1\.23 percentage points between A and B is noise over seeds .* and over test images/,
    ],
    [0.01, 0.3, 'uncertain', /other test images could reverse it\.$/],
    [0.3, 0.01, 'uncertain', /other seeds could reverse it\.$/],
    [null, 0.3, 'noise', /is noise over test images \(p = 0\.30\)\.$/],
    [null, 0.01, 'uncertain', /train more seeds of both\.$/],
  ] as const)('with p %s over seeds and %s over images is %s', (overSeeds, onImages, verdict, sentence) => {
    expect(judged(overSeeds, onImages)).toEqual({ verdict, sentence: expect.stringMatching(sentence) });
  });

  test('writes p-values with two digits, and tiny ones as an inequality', () => {
    expect([0.5, 0.0412, 0.00012, 0.00001].map(pValueText)).toEqual([
      'p = 0.50',
      'p = 0.041',
      'p = 0.00012',
      'p < 0.0001',
    ]);
  });
});

test('a run is measured by its probabilities, and at its temperature', () => {
  const scored = { probabilities: Float32Array.of(0.75, 0.25, 0.75, 0.25), losses: Float32Array.of(0.5, 1.5) };
  const { measures, correct } = measureTest(scored, [0, 1], 2);
  expect([...correct]).toEqual([1, 0]);
  expect(measures).toMatchObject({ accuracy: 0.5, plain: { equalMass: 0.5, equalWidth: 0.25, loss: 1 } });
  // At temperature 2 the odds of 3 become √3.
  const p = Math.sqrt(3) / (1 + Math.sqrt(3));
  expect(measures.calibrated!.equalWidth).toBeCloseTo(Math.abs(0.5 - p), 6);
  expect(measures.calibrated!.loss).toBeCloseTo(-(Math.log(p) + Math.log(1 - p)) / 2, 6);
  expect(measureTest(scored, [0, 1], null).measures.calibrated).toBeNull();
});
