import { expect, it } from 'vitest';
import { sampleEvaluation } from '../../test/fixtures/sampleRun.ts';
import { confusionMatrix } from './confusionMatrix.ts';

const scored = {
  confusion: [
    [90, 10],
    [25, 75],
  ],
  perClass: [
    { name: 'coat', precision: 0, recall: 0, f1: 0, support: 100 },
    { name: 'shirt', precision: 0, recall: 0, f1: 0, support: 100 },
  ],
};

it('tints a hit by its share of the row and an error by its share of the most frequent one', () => {
  const { markup } = confusionMatrix(scored);
  expect(markup).toContain('<td class="hit" style="--tint:90%">90</td>');
  expect(markup).toContain('<td class="miss" style="--tint:63%">10</td>');
  expect(markup).toContain('<td class="miss" style="--tint:100%">25</td>');
  expect(markup).toContain('shirt predicted as coat, 25 of 100 images (25.0\u00a0%)');
});

it('reports that there is no error, and accepts a class without images', () => {
  const confusion = [
    [100, 0],
    [0, 0],
  ];
  const perClass = [scored.perClass[0]!, { ...scored.perClass[1]!, support: 0 }];
  const { markup } = confusionMatrix({ confusion, perClass });
  expect(markup).toContain('There is no error.');
  expect(markup).not.toMatch(/NaN/);
});

it('lists the frequent confusions instead of a table of more than 30 columns', () => {
  const withClasses = (count: number) =>
    confusionMatrix(sampleEvaluation(Array.from({ length: count }, (_, i) => `class ${i}`)));
  expect(withClasses(30).markup).toContain('class="confusion"');
  const { markup } = withClasses(31);
  expect(markup).not.toContain('class="confusion"');
  expect(markup.match(/<tr>/g)).toHaveLength(21);
});
