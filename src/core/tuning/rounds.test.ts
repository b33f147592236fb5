import { describe, expect, it, test } from 'vitest';
import { changesBetween } from './changes.ts';
import { advance, type JournalLine, replay, type SweepState, type SweepVersion } from './journal.ts';
import { expectedEpochs, nextRound, pendingTasks, rungsOf } from './rounds.ts';
import { parseSweep } from './spec.ts';
import { summariseSweep } from './summarise.ts';

const sweepOf = (more: object) => ({
  settings: { validation: 10, epochs: 9 },
  parameters: { learningRate: { low: 0.001, high: 0.1, log: true } },
  ...more,
});

function start(sweep: object): SweepState {
  const line: JournalLine = {
    ...{ op: 'start', version: 1, name: 'a', dataset: {}, wasmSha256: '', dataFolder: null },
    ...{ file: 'space.yaml', sweep, networks: {} },
  };
  return replay([line], 'j');
}

/** The accuracy after an epoch: the trial's rate decides, and every second trial is slow. */
function accuracyOf(state: SweepState, trial: number, epoch: number): number {
  const rate = state.trials[trial]!.parameters['learningRate'] as number;
  return 0.95 - Math.abs(Math.log10(rate) + 2) / 10 - 0.3 / (epoch + (trial % 2));
}

function reached(state: SweepState, trial: number): SweepState {
  const curve = Array.from({ length: state.trials[trial]!.epochs }, (_, i) => ({
    ...{ epoch: i + 1, loss: 1, accuracy: accuracyOf(state, trial, i + 1), seconds: 2 },
  }));
  return advance(state, { op: 'reached', trial, curve });
}

interface Finished {
  readonly state: SweepState;
  readonly rounds: readonly (readonly string[])[];
}

/** @param fails whether a trial fails in a task */
function run(sweep: object, fails: (trial: number, epochs: number) => boolean = () => false): Finished {
  let state = start(sweep);
  const rounds: string[][] = [];
  for (let tasks = nextRound(state); tasks.length > 0; tasks = nextRound(state)) {
    rounds.push(tasks.map(({ trial, epochs }) => `${trial} to ${epochs}`));
    state = advance(state, { op: 'round', tasks });
    for (const { trial, epochs } of pendingTasks(state)) {
      state = fails(trial, epochs) ? advance(state, { op: 'failed', trial, error: 'NaN.' }) : reached(state, trial);
    }
  }
  return { state, rounds };
}

const summary = (state: SweepState) => summariseSweep(state, { running: new Map(), folder: 'f', options: [] });

it('without halving each round has new trials only, as many as the file says, until all were suggested', () => {
  const { rounds } = run(sweepOf({ trials: 7, round: 3 }));
  expect(rounds).toEqual([['0 to 9', '1 to 9', '2 to 9'], ['3 to 9', '4 to 9', '5 to 9'], ['6 to 9']]);
});

describe('with halving', () => {
  const sweep = sweepOf({ trials: 18, round: 4, halving: { firstEpochs: 1, factor: 3 } });
  const { state, rounds } = run(sweep);

  it('trials pause after 1 and 3 of 9 epochs', () => {
    expect(rungsOf(parseSweep(sweep, 'x'))).toEqual([1, 3]);
    expect(rungsOf(parseSweep(sweepOf({ halving: { firstEpochs: 2, factor: 2 } }), 'x'))).toEqual([2, 4, 8]);
  });

  it('the best third of each rung goes on, as soon as it is known', () => {
    expect(rounds[0]).toEqual(['0 to 1', '1 to 1', '2 to 1', '3 to 1']);
    expect(rounds[1]![0]).toMatch(/^[0-3] to 3$/);
    const lengths = state.trials.map(({ curve }) => curve.length);
    expect(lengths.filter((length) => length >= 3).length).toBeGreaterThanOrEqual(6);
    expect(lengths.filter((length) => length >= 3).length).toBeLessThan(12);
    expect(lengths.filter((length) => length === 9).length).toBeGreaterThanOrEqual(2);
  });

  it('the best of the first rung reaches the next', () => {
    const accuracies = (epochs: number) => state.trials.map(({ number }) => accuracyOf(state, number, epochs));
    const best = accuracies(1).indexOf(Math.max(...accuracies(1)));
    expect(state.trials[best]!.curve.length).toBeGreaterThanOrEqual(3);
  });

  it('trials that did not go on are stopped in the end, and paused before', () => {
    expect(new Set(summary(state).trials.map(({ status }) => status))).toEqual(new Set(['complete', 'stopped']));
    let before = start(sweep);
    before = advance(before, { op: 'round', tasks: nextRound(before) });
    before = reached(before, 0);
    expect(summary(before).trials.map(({ status }) => status)).toEqual(['paused', 'waiting', 'waiting', 'waiting']);
  });

  it('one trial at least is trained to its end, even of two', () => {
    const small = run(sweepOf({ trials: 2, halving: { firstEpochs: 1, factor: 3 } }));
    expect(small.state.trials.map(({ curve }) => curve.length).sort()).toEqual([1, 9]);
  });

  it('trials of the highest rung go on before others', () => {
    const curve = (trial: number, epochs: number) =>
      Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, loss: 1, accuracy: 0.9 - trial / 100, seconds: 1 }));
    const numbers = Array.from({ length: 12 }, (_, trial) => trial);
    const ends = (trials: readonly number[], epochs: number): JournalLine[] =>
      trials.map((trial) => ({ op: 'reached', trial, curve: curve(trial, epochs) }));
    const lines: readonly JournalLine[] = [
      { op: 'round', tasks: numbers.map((trial) => ({ trial, epochs: 1, parameters: { learningRate: 0.01 } })) },
      ...ends(numbers, 1),
      { op: 'round', tasks: [0, 1, 2].map((trial) => ({ trial, epochs: 3 })) },
      ...ends([0, 1, 2], 3),
    ];
    const paused = lines.reduce((before, line) => advance(before, line), start({ ...sweep, trials: 12 }));
    expect(nextRound(paused)).toEqual([
      { trial: 0, epochs: 9 },
      { trial: 3, epochs: 3 },
    ]);
  });

  it('is over where all trials fail', () => {
    const { rounds: tried } = run({ ...sweep, trials: 3 }, () => true);
    expect(tried).toEqual([['0 to 1', '1 to 1', '2 to 1']]);
  });

  it('trials that fail are not promoted, and count as the worst', () => {
    const { state: other } = run(sweep, (trial, epochs) => trial < 3 || (trial === 4 && epochs === 9));
    expect(other.trials.slice(0, 3).map(({ epochs, error }) => [epochs, error])).toEqual([
      [1, 'NaN.'],
      [1, 'NaN.'],
      [1, 'NaN.'],
    ]);
    expect(summary(other).trials.some(({ status }) => status === 'complete')).toBe(true);
    expect(other.trials).toHaveLength(18);
  });

  it('the epochs that are expected at the start are about those that are trained: within a third', () => {
    const trained = state.trials.reduce((sum, { curve }) => sum + curve.length, 0);
    expect(Math.abs(expectedEpochs(start(sweep)) / trained - 1)).toBeLessThan(1 / 3);
    expect(expectedEpochs(state)).toBeGreaterThanOrEqual(trained);
  });
});

it('results in another order give the same next round', () => {
  const sweep = sweepOf({ trials: 40, round: 5, tpe: { startupTrials: 5 } });
  const orders = [
    [0, 1, 2, 3, 4],
    [4, 2, 0, 1, 3],
  ].map((order) => {
    let state = start(sweep);
    for (let round = 0; round < 3; round++) {
      state = advance(state, { op: 'round', tasks: nextRound(state) });
      const tasks = pendingTasks(state);
      for (const i of order) state = reached(state, tasks[i]!.trial);
    }
    return nextRound(state);
  });
  expect(orders[1]).toEqual(orders[0]);
});

describe('the summary', () => {
  it('has the best complete trial, and times that decide nothing', () => {
    const { state } = run(sweepOf({ trials: 12 }));
    const result = summary(state);
    const values = result.trials.map(({ value }) => value!);
    expect(values[result.best!]).toBe(Math.max(...values));
    expect(result.trials[3]).toMatchObject({ seconds: 18, folder: 'trials/0003', second: null });
    expect(result.trials[3]!.command).toMatch(
      /^selvedge train --network reference --epochs 9 --learning-rate 0\.\d+ --validation 10$/,
    );
    expect(result.importance).toEqual([{ name: 'learningRate', share: 1 }]);
    expect(result.front).toEqual([]);
  });

  it('has the trials that no other one beats in both objectives', () => {
    const network = [
      { type: 'input', shape: [28, 28, 1] },
      { type: 'flatten' },
      { type: 'dense', units: '$width' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    const sweep = {
      ...sweepOf({}),
      network,
      secondObjective: 'parameters',
      sampler: 'grid',
      settings: { validation: 1, epochs: 1 },
    };
    const parameters = { width: [1, 2, 3], learningRate: [0.01, 0.02] };
    const { state } = run({ ...sweep, parameters });
    // Trials of odd numbers, with 0.02, are the better ones here; the narrower the cheaper.
    const result = summary(state);
    expect(result.trials.map(({ second }) => second)).toEqual([805, 805, 1600, 1600, 2395, 2395]);
    expect(result.front).toEqual([1]);
    expect(result.trials[1]!.command).toContain('--network f/trials/0001/network.json ');
  });

  it('shows the curves of running trials', () => {
    let state = start(sweepOf({}));
    state = advance(state, { op: 'round', tasks: nextRound(state) });
    const curve = [{ epoch: 1, loss: 0.7, accuracy: 0.6, seconds: 3 }];
    const { trials } = summariseSweep(state, {
      running: new Map([[1, curve]]),
      folder: 'f',
      options: ['--data', 'a b'],
    });
    expect(trials[1]).toMatchObject({ status: 'running', value: 0.6, seconds: 3 });
    expect(trials[0]).toMatchObject({ status: 'waiting', value: null, error: null });
    expect(trials[0]!.command).toMatch(/ --data 'a b'$/);
  });

  it('has no importance of fewer than ten trials', () => {
    expect(summary(run(sweepOf({ trials: 9 })).state).importance).toBeNull();
  });
});

describe('a changed file', () => {
  const version = (more: object, networks = {}): SweepVersion => {
    const sweep = sweepOf(more);
    return { sweep, networks, file: 'space.yaml', spec: parseSweep(sweep, 'space.yaml') };
  };
  const before = version({ trials: 5 }, { 'mine.json': [1] });

  it('is described', () => {
    const parameters = { learningRate: { low: 0.01, high: 0.1, log: true }, optimizer: ['adam', 'sgd'] };
    const after = version({ trials: 9, parameters, sampler: 'random' }, { 'mine.json': [2] });
    expect(changesBetween(before, after)).toEqual([
      'trials: 5 → 9',
      'multivariate is left out; it was true',
      'startupTrials is left out; it was 10',
      'candidates is left out; it was 24',
      'sampler: tpe → random',
      'learningRate: 0.001 to 0.1, logarithmic → 0.01 to 0.1, logarithmic',
      'optimizer is new: adam, sgd',
      'mine.json has other contents',
    ]);
    expect(changesBetween(before, before)).toEqual([]);
  });

  test.each<[object, string]>([
    [{ objective: 'validationLoss' }, 'changes objective from validationAccuracy to validationLoss'],
    [{ settings: { validation: 11, epochs: 9 } }, 'changes validation from 10 to 11'],
    [{ settings: { validation: 10 } }, 'changes epochs from 9 to its default'],
    [{ halving: {} }, 'changes halving from its default to firstEpochs 1, factor 3'],
  ])('is refused where trials could not be compared: %j', (more, message) => {
    expect(() => changesBetween(before, version(more))).toThrow(`space.yaml ${message}, so new trials could not be`);
  });

  it('new trials are points of the new space, earlier ones keep their run', () => {
    let { state } = run(sweepOf({ trials: 12, tpe: { startupTrials: 4 } }));
    const parameters = { learningRate: { low: 0.5, high: 0.9 }, batchSize: [10, 20] };
    const sweep = sweepOf({ trials: 16, parameters, settings: { validation: 10, epochs: 9, shift: 2 } });
    state = advance(state, { op: 'change', changes: ['x'], file: 'space.yaml', sweep, networks: {} });
    const tasks = nextRound(state);
    expect(tasks).toHaveLength(4);
    for (const { parameters: point } of tasks) {
      expect(point!['learningRate']).toBeGreaterThanOrEqual(0.5);
      expect([10, 20]).toContain(point!['batchSize']);
    }
    state = advance(state, { op: 'round', tasks });
    const { trials, changes } = summary(state);
    expect(changes).toEqual([{ trial: 12, change: 'x' }]);
    expect(trials[0]!.command).not.toContain('--shift');
    expect(trials[12]!.command).toContain('--shift 2');
  });
});
