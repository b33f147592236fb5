import { expect, test } from 'vitest';
import { compareGroups } from '../../core/evaluation/comparison/compare.ts';
import { comparisonPage } from './comparisonPage.ts';

const plain = { equalMass: 0.0213, equalWidth: 0.0112, loss: 0.3123 };
const common = {
  plain,
  calibrated: null,
  trainingSeconds: 61.25,
  secondsPerEpoch: 12.34,
  threads: 2,
  processor: 'one',
};
const run = (name: string, seed: number, accuracy: number) => ({
  ...common,
  ...{ run: name, seed, accuracy, correct: Uint8Array.of(1, 0, 1) },
});
const a = {
  label: 'reference <b>',
  parameters: 421_642,
  multiplyAdds: 4_240_000,
  runs: [run('a0', 0, 0.9), run('a1', 1, 0.91)],
};
const b = { label: 'small', parameters: 99_418, multiplyAdds: 2_550_000, runs: [run('b0', 0, 0.92)] };
const pageOf = (...groups: (typeof a)[]) =>
  comparisonPage(
    compareGroups({ groups, notes: ['b1 is counted once.'], selvedge: '9.9', dataset: { name: 'Set', testImages: 3 } }),
  );

test('the page has every group, run, difference and note', () => {
  const page = pageOf(a, b);
  for (const text of [
    'reference &lt;b&gt;',
    '421,642',
    '4.24',
    'a0',
    'b0',
    '90.50',
    '12.3',
    '2.13',
    'b1 is counted once.',
    'selvedge 9.9',
  ]) {
    expect(page).toContain(text);
  }
  expect(page).toContain('is noise over test images (p\u00a0=\u00a01.00)');
  expect(page.match(/class="intervals"/g)).toHaveLength(4);
  expect(page.replace(/<style>.*<\/style>/s, '')).not.toMatch(/NaN|undefined|Infinity/);
});

test('the page of one group has no differences', () => {
  const page = pageOf(b);
  expect(page).not.toContain('id="differences"');
  expect(page.match(/class="intervals"/g)).toHaveLength(2);
  expect(page.replace(/<style>.*<\/style>/s, '')).not.toMatch(/NaN|undefined|Infinity/);
});
