import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { optunaJournal } from './optunaJournal.ts';
import type { SweepResult, TrialResult, TrialStatus } from './result.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/golden/fixtures/${name}`, import.meta.url), 'utf8');

function trial(number: number, status: TrialStatus, accuracies: readonly number[], width: number): TrialResult {
  return {
    ...{ number, status, folder: `trials/000${number}`, command: `selvedge train --shift ${number}` },
    parameters: {
      learningRate: 0.001 * (number + 1),
      batchSize: 32 + 16 * number,
      width,
      nesterov: number % 2 === 0,
      dropout: 0.25,
    },
    curve: accuracies.map((accuracy, i) => ({ epoch: i + 1, loss: 1 - accuracy, accuracy })),
    value: accuracies.at(-1) ?? null,
    second: accuracies.length > 0 ? 1000 * width : null,
    seconds: 1.5 * accuracies.length,
    error: status === 'failed' ? 'The loss stopped being a number.' : null,
  };
}

const result: SweepResult = {
  ...{ name: 'rates', seed: 3, sampler: 'tpe', importance: null, front: [0, 2], best: 2, changes: [] },
  objective: { metric: 'validationAccuracy', direction: 'maximize' },
  secondObjective: { metric: 'multiplyAdds' },
  parameters: [
    { name: 'learningRate', kind: 'number', low: 0.0001, high: 0.1, log: true, step: null },
    { name: 'batchSize', kind: 'whole', low: 32, high: 256, log: false, step: 16 },
    { name: 'width', kind: 'choice', choices: [8, 16, 'wide'] },
    { name: 'nesterov', kind: 'choice', choices: [true, false] },
    { name: 'dropout', kind: 'number', low: 0, high: 0.5, log: false, step: 0.125 },
  ],
  trials: [
    trial(0, 'complete', [0.5, 0.625, 0.75], 8),
    trial(1, 'stopped', [0.25], 16),
    trial(2, 'complete', [0.5, 0.75, 0.875], 16),
    trial(3, 'failed', [0.5], 8),
    trial(4, 'paused', [0.125, 0.375], 8),
    trial(5, 'running', [0.5], 8),
    trial(6, 'waiting', [], 16),
  ],
};

it('is the file that Optuna has read', () => {
  expect(optunaJournal(result)).toBe(fixture('optuna-journal.log'));
});

it('Optuna reads from it the same trials, best value and intermediate values', () => {
  const read = JSON.parse(fixture('optuna-journal.json'));
  const states = {
    complete: 'COMPLETE',
    stopped: 'PRUNED',
    paused: 'PRUNED',
    failed: 'FAIL',
    running: 'RUNNING',
    waiting: 'WAITING',
  };
  expect(read).toMatchObject({ name: 'rates', direction: 'MAXIMIZE', best: { number: 2, value: 0.875 } });
  expect(read.trials).toHaveLength(result.trials.length);
  result.trials.forEach((own, i) => {
    const { number, parameters, status, value, curve, command, second } = own;
    const isOver = ['complete', 'stopped', 'paused'].includes(status);
    expect(read.trials[i]).toMatchObject({
      ...{ number, params: parameters, state: states[status], value: isOver ? value : null },
      intermediate: curve.map(({ epoch, accuracy }) => [epoch, accuracy]),
      user_attrs: { command, multiplyAdds: second },
    });
  });
});
