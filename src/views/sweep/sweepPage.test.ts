import { describe, expect, it } from 'vitest';
import { nestingError } from '../../../test/fixtures/nesting.ts';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import type { SweepResult, TrialResult } from '../../core/tuning/result.ts';
import { sweepPage } from './sweepPage.ts';

const hostile = `"><script>alert('x')</script>`;

function hostileSweep(): SweepResult {
  const sweep = sampleSweep({ trials: 12, parameters: 2 });
  const value = (trial: TrialResult): TrialResult => ({
    ...trial,
    parameters: { [hostile]: hostile },
    error: hostile,
    folder: hostile,
    command: hostile,
  });
  return {
    ...sweep,
    name: hostile,
    parameters: [{ name: hostile, kind: 'choice', choices: [hostile, 'b'] }],
    trials: sweep.trials.map(value),
    importance: [
      { name: hostile, share: 0.5 },
      { name: 'b', share: 0.5 },
    ],
    changes: [{ trial: 1, change: hostile }],
  };
}

/** Values that no sweep should have, in all places that hold numbers. */
function notFinite(): SweepResult {
  const sweep = sampleSweep({ trials: 20 });
  return {
    ...sweep,
    trials: sweep.trials.map((trial, i) =>
      i % 3 > 0
        ? trial
        : {
            ...trial,
            parameters: { ...trial.parameters, learningRate: Number.NaN, filters: 'many' },
            curve: trial.curve.map(({ epoch }) => ({ epoch, loss: Number.NaN, accuracy: Number.POSITIVE_INFINITY })),
            ...{ value: Number.NaN, second: Number.POSITIVE_INFINITY, seconds: Number.NaN },
          },
    ),
    importance: sweep.parameters.map(({ name }) => ({ name, share: Number.NaN })),
  };
}

/** A resumed sweep whose last space has a parameter that earlier trials lack, and lacks one that they have. */
function changedSpace(): SweepResult {
  const sweep = sampleSweep({ trials: 30, parameters: 4 });
  return {
    ...sweep,
    parameters: [
      ...sweep.parameters.slice(1),
      { name: 'added', kind: 'whole', low: 1, high: 9, log: true, step: null },
    ],
  };
}

const sweeps: Readonly<Record<string, () => SweepResult>> = {
  'sweep of 20 trials': () => sampleSweep({ trials: 20 }),
  'sweep of 200 trials that goes on': () => sampleSweep({ trials: 200, parameters: 12, unfinished: true }),
  'sweep without trials': () => sampleSweep({ trials: 0 }),
  'sweep of one trial': () => sampleSweep({ trials: 1 }),
  'sweep whose trials all failed': () => sampleSweep({ trials: 6, allFail: true }),
  'sweep of one parameter by loss, without a second objective': () =>
    sampleSweep({ trials: 9, parameters: 1, second: null, metric: 'validationLoss' }),
  'sweep without parameters': () => sampleSweep({ trials: 2, parameters: 0 }),
  'sweep with hostile names': hostileSweep,
  'sweep with values that are not finite': notFinite,
  'sweep whose space changed': changedSpace,
  'sweep whose trials are all alike': () => {
    const sweep = sampleSweep({ trials: 5 });
    return { ...sweep, trials: sweep.trials.map((trial) => ({ ...sweep.trials[0]!, number: trial.number })) };
  },
};

describe.each(Object.entries(sweeps))('the report of a %s', (_, make) => {
  const page = sweepPage(make());

  it('nests its elements properly', () => {
    expect(nestingError(page)).toBe(null);
  });

  it('shows no undefined, NaN or Infinity, and no object', () => {
    expect(/.{0,40}(?:undefined|NaN|Infinity|\[object).{0,40}/.exec(page)?.[0]).toBe(undefined);
  });

  it('loads nothing from a network and runs no script', () => {
    expect(/https?:|url\(|@import|<script|<[^"<>]*(?:"[^"]*"[^"<>]*)*\son\w+=|srcset=/i.exec(page)?.[0]).toBe(
      undefined,
    );
    for (const [, address] of page.matchAll(/ (?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^(?:data:|#|\.\/)/);
  });

  it('describes every plot, or hides it where the text beside it says the same', () => {
    const plots = Array.from(page.matchAll(/<svg [^>]*>/g), ([tag]) => tag);
    const silent = plots.filter((tag) => !/ aria-label="[^"]+"| aria-hidden="true"|^<svg x=/.test(tag));
    expect(silent).toEqual([]);
  });

  it('has each id once, and every link in the page leads to one', () => {
    const ids = Array.from(page.matchAll(/ id="([^"]*)"/g), ([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/ href="#([^"]*)"/g)) expect(ids).toContain(id);
  });
});

const titles = (page: string) => Array.from(page.matchAll(/<h2[^>]*>([^<]*)</g), ([, title]) => title);

describe('sweepPage', () => {
  it('has its seven sections in this order', () => {
    expect(titles(sweepPage(sampleSweep({ trials: 20 })))).toEqual([
      'Summary',
      'Parallel coordinates',
      'Learning curves',
      'Importance of the parameters',
      'Pareto front',
      'Trials',
      'Changes of the space',
    ]);
  });

  it('leaves out what there is nothing to show for', () => {
    expect(titles(sweepPage(sampleSweep({ trials: 0 })))).toEqual(['Summary', 'Trials']);
    expect(titles(sweepPage(sampleSweep({ trials: 3, second: null })))).toEqual([
      'Summary',
      'Parallel coordinates',
      'Learning curves',
      'Trials',
    ]);
    expect(titles(sweepPage(sampleSweep({ trials: 6, allFail: true })))).toEqual([
      'Summary',
      'Parallel coordinates',
      'Trials',
    ]);
  });

  it('names the best value in its title, or says that there is none', () => {
    const sweep = sampleSweep({ trials: 20 });
    const best = sweep.trials.find(({ number }) => number === sweep.best)!;
    const percent = (best.value! * 100).toFixed(2);
    expect(sweepPage(sweep)).toContain(`<h1>air networks: best validation accuracy ${percent}\u00a0%</h1>`);
    expect(sweepPage(sampleSweep({ trials: 0 }))).toContain('<h1>air networks: no trial has a value</h1>');
  });

  it('states each change of the space with its trial', () => {
    expect(sweepPage(sampleSweep({ trials: 20 }))).toContain('from trial 14</span> optimizer: sgd was added</li>');
  });

  it('stays below 1 MB with 300 trials of 12 parameters', () => {
    expect(sweepPage(sampleSweep({ trials: 300, parameters: 12 })).length).toBeLessThan(1_000_000);
  });

  it('is the same every time', () => {
    expect(sweepPage(sampleSweep({ trials: 20 }))).toBe(sweepPage(sampleSweep({ trials: 20 })));
  });
});
