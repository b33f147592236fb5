import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scoreProbabilities } from './scores.ts';

const threeClasses = ['coat', 'bag', 'shirt'];

/** One-hot-ish probabilities: 0.8 for the predicted class, 0.1 for the two others. */
function answers(predicted: readonly number[]): Float32Array {
  return Float32Array.from(predicted.flatMap((choice) => [0, 1, 2].map((label) => (label === choice ? 0.8 : 0.1))));
}

describe('scoreProbabilities', () => {
  it('returns the scores computed by hand for six images', () => {
    const evaluation = scoreProbabilities({
      probabilities: answers([0, 0, 1, 1, 1, 0]),
      losses: [1, 2, 3, 4, 5, 6],
      labels: Uint32Array.of(0, 0, 0, 1, 1, 2),
      classNames: threeClasses,
    });
    expect(evaluation.count).toBe(6);
    expect(evaluation.accuracy).toBeCloseTo(4 / 6, 12);
    expect(evaluation.loss).toBe(3.5);
    expect(evaluation.confusion).toEqual([
      [2, 1, 0],
      [0, 2, 0],
      [1, 0, 0],
    ]);
    expect(evaluation.perClass).toEqual([
      { name: 'coat', precision: 2 / 3, recall: 2 / 3, f1: 4 / 6, support: 3 },
      { name: 'bag', precision: 2 / 3, recall: 1, f1: 4 / 5, support: 2 },
      { name: 'shirt', precision: 0, recall: 0, f1: 0, support: 1 },
    ]);
    expect(evaluation.macro.f1).toBeCloseTo((4 / 6 + 4 / 5) / 3, 12);
    expect(evaluation.weighted.recall).toBeCloseTo((3 * (2 / 3) + 2 * 1) / 6, 12);
  });

  it("agrees with scikit-learn's metrics to 1e-12", () => {
    const fixture = JSON.parse(
      readFileSync(new URL('../../../test/fixtures/scores/scikit-learn.json', import.meta.url), 'utf8'),
    );
    const classNames = Array.from({ length: fixture.classes }, (_, label) => `class ${label}`);
    const evaluation = scoreProbabilities({
      probabilities: Float32Array.from(fixture.probabilities),
      losses: fixture.losses,
      labels: Uint32Array.from(fixture.labels),
      classNames,
    });
    expect(evaluation.confusion).toEqual(fixture.confusion);
    expect(evaluation.accuracy).toBeCloseTo(fixture.accuracy, 12);
    expect(evaluation.loss).toBeCloseTo(fixture.loss, 12);
    for (const measure of ['precision', 'recall', 'f1', 'support'] as const) {
      evaluation.perClass.forEach((scores, label) => {
        expect(scores[measure], `${measure} of class ${label}`).toBeCloseTo(fixture[measure][label], 12);
      });
    }
    for (const measure of ['precision', 'recall', 'f1'] as const) {
      expect(evaluation.macro[measure]).toBeCloseTo(fixture.macro[measure], 12);
      expect(evaluation.weighted[measure]).toBeCloseTo(fixture.weighted[measure], 12);
    }
  });

  it('scores 0 for a class without images and for one that is never predicted', () => {
    const { perClass } = scoreProbabilities({
      probabilities: answers([0, 1]),
      losses: [0, 0],
      labels: Uint32Array.of(0, 2),
      classNames: threeClasses,
    });
    expect(perClass[1]).toEqual({ name: 'bag', precision: 0, recall: 0, f1: 0, support: 0 });
    expect(perClass[2]).toEqual({ name: 'shirt', precision: 0, recall: 0, f1: 0, support: 1 });
  });

  it('keeps the most confident mistakes, of equals the lower index, as many as requested', () => {
    const probabilities = Float32Array.of(0.75, 0.25, 0.4, 0.6, 0.75, 0.25, 0.9, 0.1, 0.5, 0.5);
    const input = {
      probabilities,
      losses: [0, 0, 0, 0, 0],
      labels: Uint32Array.of(1, 0, 1, 0, 1),
      classNames: ['coat', 'bag'],
    };
    const { mistakes } = scoreProbabilities(input);
    expect(mistakes.map(({ index }) => index)).toEqual([0, 2, 1, 4]);
    expect(mistakes[0]).toEqual({ index: 0, label: 1, predicted: 0, confidence: 0.75 });
    expect(mistakes[3]!.predicted).toBe(0);
    expect(scoreProbabilities({ ...input, mostConfidentMistakes: 2 }).mistakes).toHaveLength(2);
  });

  it('refuses what cannot be scored, with a sentence', () => {
    const good = { probabilities: answers([0]), losses: [0], labels: Uint32Array.of(0), classNames: threeClasses };
    const score = (changes: Partial<typeof good>) => () => scoreProbabilities({ ...good, ...changes });
    expect(score({ labels: new Uint32Array(), probabilities: new Float32Array(), losses: [] })).toThrow(/no image/);
    expect(score({ losses: [] })).toThrow(/3 probabilities and 1 losses, not 3 and 0/);
    expect(score({ labels: Uint32Array.of(3) })).toThrow(/label 3, but there are 3 classes/);
    expect(score({ probabilities: Float32Array.of(0.5, Number.NaN, 0.5) })).toThrow(/not a number/);
    expect(score({ losses: [Number.POSITIVE_INFINITY] })).toThrow(/not a number/);
  });
});
