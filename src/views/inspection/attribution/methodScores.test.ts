import { expect, it } from 'vitest';
import { estimate, methodScore } from '../../../../test/fixtures/inspection/methodScore.ts';
import { sampleInspection } from '../../../../test/fixtures/inspection/sampleRecord.ts';
import { methodScores } from './methodScores.ts';
import { methodName, methods } from './methods.ts';

const scores = sampleInspection().record.methodScores;

const score = { ...methodScore, images: 100 };

it('gives no result for a method on fewer than 6 images', () => {
  const few = { ...score, images: 5 };
  const { markup } = methodScores([few, { ...few, method: 'occlusion' }]);
  expect(markup).toContain('2 methods and layers, evaluated on 5 images: too few for a result, which takes 6.');
  expect(markup).toContain('It was evaluated on too few images for a result.');
  expect(markup).not.toContain('is better than the random order for');
});

it('states in one sentence what each method passes and fails', () => {
  const { markup } = methodScores([
    score,
    { ...score, method: 'gradCam', layer: 'conv2d_1', deletionGain: estimate(-0.1, 0.1), sanity: [] },
  ]);
  expect(markup).toContain(
    'It is better than the random order for deletion and insertion; it passes the sanity check.',
  );
  expect(markup).toContain(
    'It is no different from the random order for deletion and is better than the random order for insertion; its sanity check is undefined, since its maps become constant.',
  );
  expect(markup).toContain('Of 2 methods and layers, evaluated on 100 images, 1 passes all three checks: Gradient.');
});

it('states the least and the most images on which methods were evaluated', () => {
  const { markup } = methodScores([score, { ...score, method: 'occlusion', images: 90 }]);
  expect(markup).toContain('2 methods and layers, evaluated on 90 to 100 images');
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
  expect(markup).toContain('It is nearly independent of the weights');
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
