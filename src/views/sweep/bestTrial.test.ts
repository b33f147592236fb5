import { expect, it } from 'vitest';
import { sampleSweep } from '../../../test/fixtures/sampleSweep.ts';
import { bestTrial } from './bestTrial.ts';

const words = (markup: string) =>
  markup
    .replace(/<wbr>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

it('states the best value, the trial, and how the trials ended', () => {
  const sweep = sampleSweep({ trials: 20 });
  const count = (status: string) => sweep.trials.filter((trial) => trial.status === status).length;
  const text = words(bestTrial(sweep).markup);
  expect(text).toContain(`trial ${sweep.best} , of 19 trials with a value`);
  expect(text).toContain(`20 ${count('complete')} complete, ${count('stopped')} stopped, 1 failed`);
  expect(text).not.toContain('not finished');
});

it('shows what was searched beside the best trial’s parameters', () => {
  const { markup } = bestTrial(sampleSweep({ trials: 20, parameters: 12 }));
  const text = words(markup);
  expect(text).toContain('0.0003 to 0.03, logarithmic');
  expect(text).toContain('8 to 64, in steps of 8');
  expect(text).toContain('adam, adamW, sgd');
  expect(text).toContain('0 to 12, whole numbers');
  expect(text).toContain('emaDecay 0.9 0.9 only');
});

it('prints the whole command, unchanged', () => {
  const sweep = sampleSweep({ trials: 1 });
  const command = `selvedge train --network 'my  net.json' --epochs 3`;
  const { markup } = bestTrial({ ...sweep, trials: [{ ...sweep.trials[0]!, command }] });
  const shown = /<pre><code>(.*)<\/code><\/pre>/
    .exec(markup)![1]!
    .replace(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'");
  expect(shown).toBe(command);
});

it('warns of the choice among several trials, and of a sweep that is not finished', () => {
  expect(bestTrial(sampleSweep({ trials: 20 })).markup).toContain('out of 19 trials with a value');
  expect(bestTrial(sampleSweep({ trials: 1 })).markup).not.toContain('optimistic');
  expect(bestTrial(sampleSweep({ trials: 20, unfinished: true })).markup).toContain('This sweep is not finished');
});

it('writes the trials’ time in seconds, minutes or hours', () => {
  const time = (seconds: number) => {
    const sweep = sampleSweep({ trials: 1 });
    return bestTrial({ ...sweep, trials: [{ ...sweep.trials[0]!, seconds }] }).markup;
  };
  expect(time(119)).toContain('119\u00a0s<');
  expect(time(300)).toContain('5\u00a0min<');
  expect(time(3900)).toContain('1\u00a0h 5\u00a0min<');
});
