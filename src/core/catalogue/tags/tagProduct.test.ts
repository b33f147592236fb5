import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DominantColour } from './dominantColours.ts';
import { type TaggedPicture, tagProduct } from './tagProduct.ts';

const names = ['Dress', 'Bag', 'Coat', 'cup'];
const red: DominantColour = { name: 'red', share: 1, lab: [53, 80, 67], hex: '#ff0000' };

/** @param familiar null for a model without an in-distribution score */
function picture(probabilities: readonly number[], familiar: boolean | null, colours = [red]): TaggedPicture {
  const predictions = probabilities
    .map((probability, label) => ({ label, name: names[label]!, probability }))
    .sort((a, b) => b.probability - a.probability || a.label - b.label);
  const familiarity = familiar === null ? null : { score: familiar ? 0.5 : 0, familiar };
  return { answer: { predictions, familiarity }, colours };
}

describe("a product's tags", () => {
  test('are the picture’s, with three classes and categories', () => {
    expect(tagProduct([picture([0.5, 0.25, 0.125, 0.0625], true)], [0.5, 0.9, null, null])).toEqual({
      category: 'Dress',
      confidence: 0.5,
      inDistribution: true,
      top: [
        { label: 0, name: 'Dress', probability: 0.5 },
        { label: 1, name: 'Bag', probability: 0.25 },
        { label: 2, name: 'Coat', probability: 0.125 },
      ],
      accepted: true,
      threshold: 0.5,
      colours: [red],
      google: { id: '2271', path: 'Apparel & Accessories > Clothing > Dresses' },
      shopify: { id: 'gid://shopify/TaxonomyCategory/aa-1-4', path: 'Apparel & Accessories > Clothing > Dresses' },
      productType: 'Clothing > Dresses',
    });
  });

  test('are means over the in-distribution pictures, over all where there is none', () => {
    const [dress, bag] = [picture([0.75, 0.25], true), picture([0.25, 0.75], true)];
    const strange = picture([0, 1], false);
    expect(tagProduct([dress, dress, bag], null)).toMatchObject({ category: 'Dress', confidence: 1.75 / 3 });
    expect(tagProduct([strange, dress], null)).toMatchObject({ category: 'Dress', inDistribution: true });
    const none = [strange, picture([0.5, 0.5], false)];
    expect(tagProduct(none, null)).toMatchObject({ category: 'Bag', confidence: 0.75, inDistribution: false });
    expect(tagProduct([picture([1, 0], null)], null).inDistribution).toBe(null);
  });

  test.each<[string, TaggedPicture, readonly (number | null)[] | null, boolean | null]>([
    ['at the threshold', picture([0.75, 0.25], true), [0.75, 0.5], true],
    ['below it', picture([0.75, 0.25], true), [0.8, 0.5], false],
    ['without a score', picture([0.75, 0.25], null), [0.7, 0.5], true],
    ['out-of-distribution', picture([1, 0], false), [0.5, 0.5], false],
    ['of a class without a threshold', picture([1, 0], true), [null, 0.5], false],
    ['by a model without thresholds', picture([1, 0], true), null, null],
    ['out-of-distribution by a model without thresholds', picture([1, 0], false), null, null],
  ])('are accepted or not %s', (_, one, thresholds, accepted) => {
    expect(tagProduct([one], thresholds).accepted).toBe(accepted);
  });

  test('have the colours of the first picture that has any', () => {
    const blue: DominantColour = { ...red, name: 'blue' };
    const pictures = [picture([1, 0], true, []), picture([1, 0], true, [blue]), picture([1, 0], true)];
    expect(tagProduct(pictures, null).colours).toEqual([blue]);
  });

  test('are the same bits in any order of the pictures, colours apart', () => {
    const one = fc.tuple(
      fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.nat(), (list, turn) => {
        const pictures = list.map(([probabilities, familiar]) => picture(probabilities, familiar));
        const at = turn % pictures.length;
        const turned = [...pictures.slice(at), ...pictures.slice(0, at)].reverse();
        expect(tagProduct(turned, [0.2, 0.4, 0.6, null])).toEqual(tagProduct(pictures, [0.2, 0.4, 0.6, null]));
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});
