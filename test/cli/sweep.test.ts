import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { randomSequence, streams } from '../../src/core/engine/random.ts';
import type { SweepResult } from '../../src/core/tuning/result.ts';
import {
  expectOneSentence,
  lastLine,
  recordIn,
  selvedge,
  startSelvedge,
  subset,
  succeed,
  temporaryFolder,
} from './selvedge.ts';

const shared = temporaryFolder(afterAll);
const network = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: '$width', kernelSize: 3, strides: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.1 },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const space = {
  trials: 6,
  round: 3,
  tpe: { startupTrials: 3 },
  halving: { firstEpochs: 1, factor: 2 },
  secondObjective: 'multiplyAdds',
  settings: { epochs: 4, validation: 40, batchSize: 60, limit: 240 },
  network,
  parameters: { learningRate: { low: 0.001, high: 0.1, log: true }, width: { low: 2, high: 8, step: 2 } },
};

/** Writes a sweep's file, which may be JSON, as that is YAML too. */
function fileOf(sweep: object, folder = temporaryFolder()): string {
  const file = join(folder, 'space.yaml');
  writeFileSync(file, JSON.stringify(sweep));
  return file;
}

const options = (out: string) => ['--data', subset, '--out', out];
const resultIn = (folder: string): SweepResult => JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8'));
const journalIn = (folder: string) => readFileSync(join(folder, 'journal.jsonl'), 'utf8');

/** All that a sweep finds out, without times and folders, with the weights of each complete trial. */
function tableIn(folder: string) {
  const { trials, ...rest } = resultIn(folder);
  return {
    ...rest,
    trials: trials.map(({ seconds, command, ...trial }) => ({
      ...trial,
      weights: trial.status === 'complete' ? recordIn(join(folder, trial.folder)).weightsSha256 : null,
    })),
  };
}

const file = fileOf(space, shared);
const undisturbed = join(shared, 'undisturbed');
const first = succeed(['sweep', file, ...options(undisturbed), '--parallel', '1', '--json']);

it('writes its result, a page and runs, prints the table and the result, and says how to train the best', async () => {
  const { stdout, stderr } = await first;
  const result = JSON.parse(lastLine(stdout)) as SweepResult;
  expect(result).toEqual(resultIn(undisturbed));
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(result.trials).toHaveLength(6);
  expect(new Set(result.trials.map(({ status }) => status))).toEqual(new Set(['complete', 'stopped']));
  const best = result.trials[result.best!]!;
  expect(stderr).toContain(`trial ${best.number} complete after 4 epochs: `);
  expect(stderr).toContain(`\ntrain it     ${best.command}\n`);
  expect(readFileSync(join(undisturbed, 'index.html'), 'utf8')).toContain('<html lang="en">');
  expect(existsSync(join(undisturbed, 'lock'))).toBe(false);
});

it("the best trial's command trains the same bits in one go", async () => {
  await first;
  const { trials, best } = resultIn(undisturbed);
  const { command, folder } = trials[best!]!;
  const run = join(temporaryFolder(), 'run');
  await succeed([...command.split(' ').slice(1), '--out', run]);
  expect(recordIn(run).weightsSha256).toBe(recordIn(join(undisturbed, folder)).weightsSha256);
});

const twoAtOnce = join(shared, 'two');

it('two trials at once, and two threads, give the same table and the same bits', async () => {
  await first;
  await succeed(['sweep', file, ...options(twoAtOnce), '--parallel', '2', '--threads', '2']);
  expect(tableIn(twoAtOnce)).toEqual(tableIn(undisturbed));
});

it('killed three times at random moments, it ends with the same table', async () => {
  await first;
  const folder = join(temporaryFolder(), 'sweep');
  // A clock so fast that a checkpoint follows every step: kills are in the middle of trials.
  const clock = join(shared, 'clock.cjs');
  writeFileSync(clock, 'const now = performance.now.bind(performance);\nperformance.now = () => now() * 1e6;\n');
  const env = { ...process.env, NODE_OPTIONS: `--require ${clock}` };
  const random = randomSequence(7, streams.inspection, 0);
  for (let kill = 0; kill < 3; kill++) {
    const { child, ended, seen } = startSelvedge(['sweep', file, ...options(folder), '--parallel', '2'], { env });
    await seen(kill === 0 ? 'after 1 epoch' : 'Resuming');
    await sleep(random.float() * 400);
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
  }
  const { stderr } = await succeed(['sweep', '--resume', folder]);
  expect(stderr).toMatch(/^Resuming the sweep: \d+ trials so far, \d+ with a result\.$/m);
  expect(tableIn(folder)).toEqual(tableIn(undisturbed));
});

it('a journal that is cut in a line is used up to there, which is said', async () => {
  const folder = twoAtOnce;
  const lines = journalIn(folder).split('\n');
  const kept = `${lines.slice(0, 5).join('\n')}\n`;
  writeFileSync(join(folder, 'journal.jsonl'), kept + lines[5]!.slice(0, 20));
  const { stderr } = await succeed(['sweep', file, ...options(folder)]);
  expect(stderr).toContain('journal.jsonl was cut when it was written; it is ignored.');
  expect(journalIn(folder).startsWith(kept)).toBe(true);
  const operations = journalIn(folder)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).op);
  expect(operations.filter((op) => op === 'round').length).toBeGreaterThan(2);
  expect(tableIn(folder)).toEqual(tableIn(undisturbed));
});

it('records a trial that fails, and goes on', async () => {
  const folder = join(temporaryFolder(), 'sweep');
  const { halving: _, ...flat } = space;
  const sweep = { ...flat, sampler: 'grid', parameters: { learningRate: [1e30, 0.01], width: [4, 0] } };
  const { stdout } = await succeed(['sweep', fileOf(sweep), ...options(folder)]);
  const { trials, best } = resultIn(folder);
  expect(trials.map(({ status }) => status)).toEqual(['failed', 'failed', 'complete', 'failed']);
  expect(trials[0]!.error).toMatch(
    /^The loss stopped being a number at step 2 of epoch 1, so training stopped; try a /,
  );
  expect(trials[3]!.error).toMatch(/^Layer 2 \(conv2d\): filters is 0, but should be a whole number from 1 up\.$/);
  expect(stdout).toContain(`trial 0 failed: ${trials[0]!.error}`);
  expect(best).toBe(2);
});

describe('a space that was changed', () => {
  const folder = join(shared, 'changed');
  const changed = fileOf({ ...space, trials: 3 }, temporaryFolder(afterAll));

  it('is searched on, the change is recorded and shown', async () => {
    await succeed(['sweep', changed, ...options(folder)]);
    const before = tableIn(folder).trials;
    const parameters = { ...space.parameters, learningRate: { low: 0.2, high: 0.3 } };
    writeFileSync(changed, JSON.stringify({ ...space, trials: 5, parameters }));
    const { stdout, stderr } = await succeed(['sweep', '--resume', folder]);
    const change = 'learningRate: 0.001 to 0.1, logarithmic → 0.2 to 0.3';
    expect(stderr).toContain(`Changed: trials: 3 → 5.\nChanged: ${change}.\n`);
    expect(stdout).toContain(`changed before trial 3: ${change}`);
    expect(journalIn(folder)).toContain('{"op":"change","changes":["trials: 3 → 5","learningRate');
    const { trials, changes } = tableIn(folder);
    expect(changes).toEqual([
      { trial: 3, change: 'trials: 3 → 5' },
      { trial: 3, change },
    ]);
    expect(trials.slice(0, 3).map((trial) => trial.parameters)).toEqual(before.map((trial) => trial.parameters));
    for (const { parameters: point } of trials.slice(3)) expect(point['learningRate']).toBeGreaterThanOrEqual(0.2);
  });

  it('is refused where trials could not be compared, and nothing is lost', async () => {
    const before = journalIn(folder);
    writeFileSync(changed, JSON.stringify({ ...space, objective: 'validationLoss' }));
    const outcome = await selvedge(['sweep', '--resume', folder]);
    expect(lastLine(outcome.stderr)).toMatch(
      /^selvedge: .*changes objective from validationAccuracy to validationLoss/,
    );
    expect(outcome.status).toBe(1);
    expect(journalIn(folder)).toBe(before);
  });

  it('goes on with what is recorded where the file is gone', async () => {
    const gone = join(temporaryFolder(), 'space.yaml');
    const text = journalIn(folder).replaceAll(changed, gone);
    writeFileSync(join(folder, 'journal.jsonl'), text);
    const { stderr } = await succeed(['sweep', '--resume', folder]);
    expect(stderr).toContain(`${gone} is not there any more; the sweep goes on with its recorded contents.\n`);
  });
});

it('stops at Ctrl-C with status 130, refuses a second process, and goes on to the same table', async () => {
  await first;
  const folder = join(temporaryFolder(), 'sweep');
  const { child, ended, seen } = startSelvedge(['sweep', file, ...options(folder), '--parallel', '2']);
  await seen('trial 0 paused');
  const second = await selvedge(['sweep', file, ...options(folder)]);
  child.kill('SIGINT');
  const { status, stdout, stderr } = await ended;
  expect(lastLine(second.stderr)).toMatch(
    /^selvedge: Process \d+ works on the sweep in .*; wait for it, or remove .*lock if/,
  );
  expect({ status, stderr }).toMatchObject({
    status: 130,
    stderr: expect.stringContaining('Stopping after the current'),
  });
  expect(stdout).toContain(`Stopped; go on with: selvedge sweep --resume ${folder}\n`);
  await succeed(['sweep', file, ...options(folder)]);
  expect(tableIn(folder)).toEqual(tableIn(undisturbed));
});

describe('is refused in a sentence:', () => {
  const refused = async (sweep: object, sentence: RegExp) => {
    const out = join(temporaryFolder(), 'sweep');
    expectOneSentence(await selvedge(['sweep', fileOf(sweep), ...options(out)]), sentence);
    expect(existsSync(out)).toBe(false);
  };

  it('a setting that does not exist', () =>
    refused(
      { ...space, parameters: { ...space.parameters, lerningRate: [1] } },
      /space\.yaml: parameters has the unknown setting 'lerningRate' \(did you mean learningRate\?\)\.$/,
    ));

  it('an empty range', () =>
    refused(
      { ...space, parameters: { learningRate: { low: 2, high: 1 } } },
      /has an empty range: low 2 is above high 1/,
    ));

  it('more validation images than there are', () =>
    refused(
      { ...space, settings: { ...space.settings, validation: 300 } },
      /300 validation images would leave nothing/,
    ));

  it('a network that does not exist', () =>
    refused(
      { ...space, network: 'airy', parameters: { learningRate: [1, 2] } },
      /names the network airy, but there is neither a built-in network nor a file of that name beside it/,
    ));

  it('no file, no folder, and no sweep in it', async () => {
    expectOneSentence(
      await selvedge(['sweep']),
      /^selvedge: Name the file of a search space, or the folder of a sweep/,
    );
    expectOneSentence(
      await selvedge(['sweep', 'no.yaml']),
      /^selvedge: The sweep's file no\.yaml cannot be read \(ENOENT/,
    );
    expectOneSentence(await selvedge(['sweep', '--resume', shared]), /^selvedge: There is no sweep in /);
  });

  it('a journal that was changed in the middle', async () => {
    const folder = twoAtOnce;
    appendFileSync(join(folder, 'journal.jsonl'), '{"op":"reached"\n');
    const outcome = await selvedge(['sweep', '--resume', folder]);
    expectOneSentence(
      outcome,
      /^selvedge: Line \d+ of .*journal\.jsonl is no line of a sweep's journal \(it is not JSON\)/,
    );
  });
});
