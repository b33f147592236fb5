import { expect, it } from 'vitest';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import { overSeeds } from '../../../core/inspection/claims/overSeeds.ts';
import { claimsTable, jointClaims } from './claimsTable.ts';

const { claims } = sampleInspection().record;

it('gives each claim its verdict as a word and a sign, the sentence, and measure, control and rule', () => {
  const { markup } = claimsTable(claims);
  const cards = markup.match(/<li class="claim".*?<\/dl>/gs)!;
  expect(cards).toHaveLength(6);
  expect(cards[0]).toContain('<span class="verdict supported"><span aria-hidden="true">✓</span> supported</span>');
  expect(cards[4]).toContain(
    '<span class="verdict not-supported"><span aria-hidden="true">✗</span> not supported</span>',
  );
  for (const part of ['Measure', 'Control', 'Rule']) expect(cards[0]).toContain(`<dt>${part}</dt>`);
  expect(cards[0]).toContain('The difference is 0.57 and its interval excludes 0.');
});

it('counts the verdicts', () => {
  expect(claimsTable(claims).markup).toContain('3 of 6 supported, 1 mixed, 1 not supported, 1 not measured.');
});

it('draws each number with its interval, and prints it', () => {
  const { markup } = claimsTable(claims.slice(0, 1));
  const rows = markup.match(/<svg class="interval-row c1" height="18" role="img".*?<\/svg>/gs)!;
  expect(rows).toHaveLength(2);
  expect(rows[0]).toContain('aria-label="first: 0.910 (0.900 to 0.920)"');
  expect(markup).not.toMatch(/NaN|undefined|null|Infinity/);
});

it('accepts claims without numbers, and no claims', () => {
  const bare = claims.map((claim) => ({ ...claim, figures: [], verdict: 'not measured' as const }));
  expect(claimsTable(bare).markup).toContain('tested on this model: 6 of 6 not measured.');
  expect(claimsTable([]).markup).toBe('');
});

it('compares the verdicts of 3 models and counts on how many they agree', () => {
  const changed = claims.map((claim) => ({ ...claim, verdict: 'mixed' as const }));
  const joint = overSeeds([
    { model: 'seed <0>', claims },
    { model: 'seed 1', claims },
    { model: 'seed 2', claims: changed },
  ]);
  const { markup } = jointClaims(joint);
  expect(markup.match(/<tbody>.*<\/tbody>/s)![0].match(/<tr>/g)).toHaveLength(6);
  expect(markup).toContain('<th scope="col" class="text">seed &lt;0&gt;</th>');
  expect(markup).toContain('supported in 2 of 3, mixed in 1 of 3');
  expect(markup).toContain('The 3 models agree on 1 of 6 claims.');
  expect(jointClaims([]).markup).toBe('');
});
