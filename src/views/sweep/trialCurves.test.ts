import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import type { TrialStatus } from '../../core/tuning/result.ts';
import { trialCurves } from './trialCurves.ts';

const sweep = sampleSweep({ trials: 40 });
const withCurve = sweep.trials.filter(({ curve }) => curve.length > 0);

function points(markup: string, number: number): number {
  const path = new RegExp(`d="([^"]*)"><title>Trial ${number} `).exec(markup)![1]!;
  return path.split(/(?=[ML])/).length;
}

it('draws each trial’s metric by epoch, the best last', () => {
  const { markup } = trialCurves(sweep)!;
  for (const { number, curve } of withCurve) expect(points(markup, number)).toBe(curve.length);
  const order = Array.from(markup.matchAll(/<path class="trial [^>]*><title>Trial (\d+) /g), ([, number]) =>
    Number(number),
  );
  expect(order).toHaveLength(withCurve.length);
  expect(order.at(-1)).toBe(sweep.best);
  expect(markup).toContain(`>trial ${sweep.best}</text>`);
});

it('tells stopped and failed trials from complete ones by the shape at the end', () => {
  const shapes = {
    complete: 'dot',
    stopped: 'dash',
    failed: 'cross',
    running: 'ring',
    paused: 'ring',
    waiting: 'ring',
  };
  for (const [status, shape] of Object.entries(shapes)) {
    const trial = { ...withCurve[0]!, status: status as TrialStatus };
    const { markup } = trialCurves({ ...sweep, best: null, trials: [trial] })!;
    expect(markup).toContain(`class="plot-mark ${shape} valued ${status}"`);
    expect(markup).toContain(`</svg> ${status} (1)</li>`);
  }
});

it('leaves out values that are not finite, trials without an epoch, and itself without any', () => {
  const trial = withCurve.find(({ curve }) => curve.length === 9)!;
  const curve = trial.curve.map((point) => (point.epoch === 4 ? { ...point, accuracy: Number.NaN } : point));
  const { markup } = trialCurves({ ...sweep, trials: [{ ...trial, curve }] })!;
  expect(points(markup, trial.number)).toBe(8);
  expect(trialCurves(sampleSweep({ trials: 6, allFail: true }))).toBe(null);
});

it('draws the loss where the objective is the loss', () => {
  const { markup } = trialCurves(sampleSweep({ trials: 10, metric: 'validationLoss' }))!;
  expect(markup).toContain('Validation loss by epoch of 10 trials');
});
