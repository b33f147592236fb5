import { expect, it } from 'vitest';
import { sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import type { Estimate, MethodScore } from '../../core/inspection/record.ts';
import { deepestLevel, outcomeOf } from './methodOutcome.ts';
import { methodScores } from './methodScores.ts';
import { methodName, methods } from './methods.ts';

const scores = sampleInspection().record.methodScores;

const estimate = (low: number, high: number): Estimate => ({ value: (low + high) / 2, low, high });

const score: MethodScore = {
  method: 'gradient',
  layer: null,
  images: 100,
  deletion: estimate(0.1, 0.2),
  insertion: estimate(0.6, 0.7),
  randomDeletion: estimate(0.3, 0.4),
  randomInsertion: estimate(0.3, 0.4),
  deletionGain: estimate(0.1, 0.3),
  insertionGain: estimate(0.2, 0.4),
  sanity: [
    { downTo: 'dense_2', correlation: estimate(0.5, 0.6) },
    { downTo: 'conv2d_1', correlation: estimate(-0.1, 0.2) },
  ],
  undefinedCases: 0,
};

it('judges by gains whose interval leaves out 0, and the sanity check by the last interval within ±0.2', () => {
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

it('judges no method on fewer than 6 images', () => {
  const few = { ...score, images: 5 };
  expect(outcomeOf(few, 'conv2d_1')).toBeNull();
  const { markup } = methodScores([few, { ...few, method: 'occlusion' }]);
  expect(markup).toContain('2 methods and places, tried on 5 images: too few to judge any, which takes 6.');
  expect(markup).toContain('It was tried on too few images to judge it.');
  expect(markup).not.toContain('beats the random order at');
});

it('passes no method whose check never came to the deepest level', () => {
  const short = { ...score, sanity: [{ downTo: 'dense_2', correlation: estimate(-0.1, 0.1) }] };
  expect(deepestLevel([short, score])).toBe('conv2d_1');
  expect(outcomeOf(short, deepestLevel([short, score]))!.sane).toBeNull();
  expect(deepestLevel([{ ...score, sanity: [] }])).toBeUndefined();
});

it('says of each method in one sentence what it passes and fails', () => {
  const { markup } = methodScores([
    score,
    { ...score, method: 'gradCam', layer: 'conv2d_1', deletionGain: estimate(-0.1, 0.1), sanity: [] },
  ]);
  expect(markup).toContain('It beats the random order at deletion and at insertion; it passes the sanity check.');
  expect(markup).toContain(
    'It is no different from the random order at deletion and beats the random order at insertion; its sanity check is undefined, since its maps turn constant.',
  );
  expect(markup).toContain('Of 2 methods and places, tried on 100 images, 1 passes all three here: Gradient.');
});

it('draws every method of the record with 4 intervals and a named sanity plot', () => {
  const { markup } = methodScores(scores);
  expect(markup.match(/<li class="method">/g)).toHaveLength(scores.length);
  expect(markup.match(/<svg class="interval-row c[12]" height="18" role="img"/g)).toHaveLength(4 * scores.length);
  const plots = markup.match(/<svg class="plot layer-plot"[^>]*>/g)!;
  expect(plots).toHaveLength(scores.filter(({ sanity }) => sanity.length > 0).length);
  for (const plot of plots) expect(plot).toMatch(/role="img" aria-label="[^"]+"/);
  expect(markup).not.toMatch(/NaN|undefined"|Infinity|null/);
  expect(methodScores([]).markup).toBe('');
});

it('warns of guided backprop, with the source', () => {
  const { markup } = methodScores([{ ...score, method: 'guidedBackprop' }]);
  expect(markup).toContain('It hardly depends on the weights');
  expect(markup).toContain('href="https://arxiv.org/abs/1810.03292"');
});

it('names a method with its layer, and cites a source for each', () => {
  expect(methodName({ method: 'gradCam', layer: 'conv2d_2' })).toBe('Grad-CAM at conv2d_2');
  for (const { source, short } of Object.values(methods)) {
    expect(source.name).toMatch(/ \d{4}$/);
    expect(source.href).toMatch(/^https:\/\//);
    expect(short).toMatch(/\.$/);
  }
});
