import { describe, expect, it } from 'vitest';
import { picturesFor, specs, targetOf } from '../../../../test/fixtures/inspection/targets.ts';
import { createDecision, sufficientUnits } from './sufficientUnits.ts';

describe('createDecision', () => {
  it('ranks units by how far they lift the answer above the mean of the others, worked by hand', () => {
    // Logits of all: [3, 2, 4]. For class 2 the units say 1 · (4 − 1/2), 2 · (0 − 1/2), 1 · (0 − 3/2).
    const decide = createDecision([0, 1, 4, 0, 1, 0, 3, 0, 0], [0, -1, 0]);
    const decision = decide([1, 2, 1]);
    expect(decision.answer).toBe(2);
    expect([...decision.ranking()]).toEqual([0, 1, 2]);
    expect(decision.smallest(decision.ranking())).toBe(1);
    expect(decision.smallest(Uint32Array.of(2, 1, 0))).toBe(3);
  });

  it('weighs a unit by the mean of the other classes, and takes equal units in their order', () => {
    // For class 2 the units say 4 − (1 + 2) ÷ 2 = 2.5, then 2.6 twice.
    const decision = createDecision([1, 2, 4, 0, 0, 2.6, 0, 0, 2.6], [0, 0, 0])([1, 1, 1]);
    expect(decision.answer).toBe(2);
    expect([...decision.ranking()]).toEqual([1, 2, 0]);
  });

  it('needs two units where the bias is against the answer and neither outweighs it alone', () => {
    const decision = createDecision([2, 0, 2, 0, -1, 0], [0, 3])([1, 1, 0]);
    expect(decision.answer).toBe(0);
    expect(decision.smallest(decision.ranking())).toBe(2);
  });

  it('needs one unit of a layer of zeros: the biases determine the prediction', () => {
    const decision = createDecision([1, 2, 3, 4], [0, 1])([0, 0]);
    expect(decision.smallest(decision.ranking())).toBe(1);
  });
});

describe('sufficientUnits', () => {
  it.each([
    ['relu_3', 8, specs.pooled],
    ['conv2d_2', 15, specs.strided],
    ['relu_2', 6, specs.colour],
    ['dense_2', 5, specs.dense],
  ] as const)('are shares from 1/D to 1 of %s with its %i units', async (layer, units, spec) => {
    const options = { target: targetOf(spec), set: picturesFor(spec, 40), seed: 1, quick: false };
    const found = (await sufficientUnits(options))!;
    expect(found).toMatchObject({ layer, units });
    for (const { value, low, high } of [found.ranked, found.random, found.untrainedRanked]) {
      expect(low).toBeGreaterThanOrEqual(1 / units - 1e-12);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(high).toBeLessThanOrEqual(1);
    }
    expect(found.ranked.value).toBeLessThanOrEqual(found.random.value);
    expect(await sufficientUnits(options)).toEqual(found);
  });

  it('are null where there is no hidden layer', async () => {
    const options = { target: targetOf(specs.single), set: picturesFor(specs.single, 4), seed: 1, quick: false };
    expect(await sufficientUnits(options)).toBeNull();
  });
});
