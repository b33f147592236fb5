import { expect, it } from 'vitest';
import { sampleRun, stoppedRun } from '../../test/fixtures/sampleRun.ts';
import { curves } from './curves.ts';

const test = { loss: 0.29, accuracy: 0.8936 };

it('marks each epoch and, once, the labelled test figure', () => {
  const { record, steps } = sampleRun();
  const { markup } = curves({ history: record.history, steps, stepsPerEpoch: 200, test });
  const plots = markup.match(/<svg class="plot".*?<\/figure>/gs)!;
  expect(plots).toHaveLength(2);
  expect(plots[0]!.match(/<circle class="mark c1"/g)).toHaveLength(5);
  expect(plots[0]!.match(/<rect class="mark c3"/g)).toHaveLength(1);
  expect(plots[0]).toContain('>0.290</text>');
  expect(plots[1]).toContain('>89.36\u00a0%</text>');
  expect(markup).not.toContain('validation');
});

it('draws an unfinished first epoch up to where it came', () => {
  const { steps } = stoppedRun();
  const { markup } = curves({ history: [], steps, stepsPerEpoch: 200, test });
  expect(markup).toContain('No epoch was completed.');
  expect(markup.match(/<path class="line c1" d="M/g)!.length).toBeGreaterThanOrEqual(2);
  expect(markup).not.toContain('<circle class="mark c1" cx="50"');
});

it('thins a long training to what a screen can show', () => {
  const steps = Array.from({ length: 60_000 }, (_, i) => ({
    epoch: 1 + Math.floor(i / 20_000),
    step: 1 + (i % 20_000),
    loss: 1 / (1 + i / 1000),
    accuracy: 1 - 0.5 / (1 + i / 1000),
  }));
  const history = [1, 2, 3].map((epoch) => {
    const { loss, accuracy } = steps[epoch * 20_000 - 1]!;
    return { epoch, steps: 20_000, loss, accuracy, weightsSha256: '', seconds: 100 };
  });
  const [plot] = curves({ history, steps, stepsPerEpoch: 20_000, test }).markup.match(
    /<svg class="plot".*?<\/figure>/gs,
  )!;
  const lines = [...plot!.matchAll(/<path class="line [^"]*" d="([^"]*)"/g)].map(([, d]) => d!.match(/[ML]/g)!.length);
  // 600 points, and the last step of each epoch.
  expect(lines).toEqual([201, 201, 201]);
});

it('keeps a flawless run and a hopeless one inside the frame', () => {
  for (const [loss, accuracy] of [
    [0, 1],
    [2.3, 0],
  ] as const) {
    const history = [{ epoch: 1, steps: 1, loss, accuracy, weightsSha256: '', seconds: 0 }];
    const { markup } = curves({ history, steps: [], stepsPerEpoch: 1, test: { loss, accuracy } });
    expect(markup).not.toMatch(/NaN|Infinity/);
    expect(markup.match(/<circle class="mark c1"/g)).toHaveLength(4);
  }
});
