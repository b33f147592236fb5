import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../src/core/formats/checkpointFile.ts';
import {
  expectOneSentence,
  filesIn,
  type Outcome,
  recordIn,
  selvedge,
  startSelvedge,
  stepsIn,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

const shared = temporaryFolder(afterAll);

/** Of every kind of layer whose randomness or state could be lost on the way. */
const network = join(shared, 'small.json');
writeFileSync(
  network,
  JSON.stringify([
    { type: 'input', shape: [28, 28, 1] },
    { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2 },
    { type: 'dropout', rate: 0.25 },
    { type: 'flatten' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]),
);
const data = ['--data', subset];
/** Three epochs of four steps: 30, 30, 30 and 10 images. */
const settings = [
  ...['--network', network, '--limit', '120', '--validation', '20'],
  ...['--epochs', '3', '--batch-size', '30', '--seed', '7'],
];

interface Disturbance {
  /** Where in the n-th checkpoint's writing, or in that of the results. */
  readonly at?: 'half written' | 'between the names' | 'done' | 'half the results';
  readonly checkpoint?: number;
  readonly deed?: 'SIGKILL' | 'SIGINT';
  /** The disk is full for this checkpoint and all that follow. */
  readonly fullFrom?: number;
}

/**
 * An environment in which a program's clock runs so fast that a checkpoint follows every step, its disk fills up, and it
 * gets a signal in the midst of writing.
 */
function disturbed({ at = 'done', checkpoint = 0, deed = 'SIGKILL', fullFrom = 1e9 }: Disturbance): NodeJS.ProcessEnv {
  const file = join(shared, `${randomUUID()}.cjs`);
  writeFileSync(
    file,
    `const fs = require('node:fs/promises');
const { open, rename } = fs;
const { isMainThread } = require('node:worker_threads');
const now = performance.now.bind(performance);
const signal = () => {
  process.kill(process.pid, '${deed}');
  if ('${deed}' === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
let begun = 0;
const reach = (place, n) => { if (place === '${at}' && n === ${checkpoint}) signal(); };
if (isMainThread) {
  performance.now = () => now() * 1e6;
  fs.open = async (path, ...more) => {
    const handle = await open(path, ...more);
    const { writeFile } = handle;
    const half = async (content) => { await writeFile.call(handle, content.subarray(0, content.length / 2)); await handle.sync(); };
    if (String(path).includes('.checkpoint.next')) {
      begun++;
      handle.writeFile = async (content) => {
        if (begun >= ${fullFrom}) {
          await half(content);
          reach('half written', begun);
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        }
        if ('${at}' === 'half written' && begun === ${checkpoint}) await half(content).then(signal);
        await writeFile.call(handle, content);
      };
    }
    if (String(path).includes('model.safetensors') && '${at}' === 'half the results')
      handle.writeFile = (content) => half(content).then(signal);
    return handle;
  };
  fs.rename = async (from, to) => {
    const isNewest = String(to).endsWith('/checkpoint.safetensors');
    if (isNewest) reach('between the names', begun);
    await rename(from, to);
    if (isNewest) reach('done', begun);
  };
  require('node:module').syncBuiltinESMExports();
}\n`,
  );
  return { ...process.env, NODE_OPTIONS: `--require=${file}` };
}

const newRun = () => join(temporaryFolder(), 'run');
const killed = { status: null, signal: 'SIGKILL' };

/** Trains until the disturbance comes. */
async function broken(run: string, disturbance: Disturbance, more: readonly string[] = []): Promise<Outcome> {
  const outcome = await selvedge(['train', '--out', run, ...data, ...settings, ...more], {
    env: disturbed(disturbance),
  });
  if (disturbance.deed !== 'SIGINT') expect(outcome, outcome.stderr).toMatchObject(killed);
  return outcome;
}

const resume = (run: string, more: readonly string[] = []) => ['train', '--resume', run, ...data, ...more];

/** All that a run leaves, without its times, its place and its number of threads. */
function leftIn(run: string) {
  const { run: _, model: __, startedAt, secondsPerEpoch, engine, history, ...record } = recordIn(run);
  const { threads, ...build } = engine;
  return {
    record: { ...record, engine: build, history: history.map(({ seconds, ...metrics }) => metrics) },
    metrics: readFileSync(join(run, 'metrics.jsonl'), 'utf8'),
    weights: createHash('sha256')
      .update(readFileSync(join(run, 'model.safetensors')))
      .digest('hex'),
    names: readdirSync(run).sort(),
  };
}

const reference = join(shared, 'undisturbed');
await trained(reference, [...data, ...settings]);
const undisturbed = leftIn(reference);

/** A run that was killed after step 2 of epoch 2, and a copy of it for each test. */
const unfinished = join(shared, 'unfinished');
function copyOf(run: string): string {
  const copy = newRun();
  cpSync(run, copy, { recursive: true });
  return copy;
}
const current = 'checkpoint.safetensors';
const former = 'checkpoint.former.safetensors';

it('the undisturbed run is as the tests take it to be', () => {
  expect(undisturbed.names).toEqual(['index.html', 'metrics.jsonl', 'model.safetensors', 'run.json']);
  expect(stepsIn(reference)).toHaveLength(12);
  expect(undisturbed.record.history[2]).toMatchObject({ epoch: 3, steps: 4, validationAccuracy: expect.any(Number) });
});

describe('a run that was interrupted and resumed ends with the same bits as an uninterrupted one', () => {
  it.each<[string, Disturbance, threads: [number, number], place: string]>([
    ['in the middle of an epoch', { at: 'done', checkpoint: 6 }, [2, 1], 'step 2 of epoch 2'],
    ['between two epochs', { at: 'done', checkpoint: 8 }, [1, 3], 'step 0 of epoch 3'],
    ['while a checkpoint was half written', { at: 'half written', checkpoint: 7 }, [2, 2], 'step 2 of epoch 2'],
    ['between the two names', { at: 'between the names', checkpoint: 7 }, [2, 2], 'step 2 of epoch 2'],
    [
      'while the results were written',
      { at: 'half the results', checkpoint: 0 },
      [2, 2],
      'training is complete, the evaluation',
    ],
  ])('killed %s', async (_, disturbance, [before, after], place) => {
    const run = newRun();
    await broken(run, disturbance, ['--threads', String(before)]);
    const { stdout } = await succeed(resume(run, ['--threads', String(after)]));
    expect(stdout).toContain(place);
    expect(recordIn(run).engine.threads).toBe(after);
    expect(leftIn(run)).toEqual(undisturbed);
  });

  it('killed three times, two of them after resuming', async () => {
    const run = newRun();
    await broken(run, { checkpoint: 3 });
    for (const at of ['done', 'between the names'] as const) {
      const again = await selvedge(resume(run), { env: disturbed({ at, checkpoint: 3 }) });
      expect(again, again.stderr).toMatchObject(killed);
    }
    expect((await succeed(resume(run))).stdout).toContain('step 0 of epoch 3 is complete');
    expect(leftIn(run)).toEqual(undisturbed);
  });

  it('killed from outside, without an altered clock', async () => {
    const options = [...data, '--network', network, '--limit', '50', '--batch-size', '1', '--epochs', '8'];
    const [whole, run] = [newRun(), newRun()];
    await trained(whole, options);
    const { child, ended } = startSelvedge(['train', '--out', run, ...options]);
    while (!existsSync(join(run, current))) await sleep(5);
    child.kill('SIGKILL');
    expect(await ended).toMatchObject(killed);
    expect(existsSync(join(run, 'run.json'))).toBe(false);
    const { state } = await readCheckpoint(readFileSync(join(run, current)), current);
    await succeed(resume(run));
    expect(leftIn(run)).toEqual(leftIn(whole));
    // The epochs that were over were not trained again.
    expect(recordIn(run).history.slice(0, state.history.length)).toEqual(state.history);
    expect(state.history.length).toBeGreaterThan(0);
  });

  it('stopped by Ctrl-C, which writes the model so far, and again after resuming', async () => {
    const run = newRun();
    const { status } = await broken(run, { checkpoint: 2, deed: 'SIGINT' });
    expect(status).toBe(130);
    const { startedAt } = recordIn(run);
    const again = await selvedge(resume(run), { env: disturbed({ checkpoint: 3, deed: 'SIGINT' }) });
    expect(again.status).toBe(130);
    expect(recordIn(run)).toMatchObject({ status: 'stopped', startedAt });
    const over = stepsIn(run).map(({ epoch, step }) => (epoch - 1) * 4 + step);
    expect(over).toEqual(over.map((_, i) => i + 1));
    expect(over.length).toBeLessThan(12);
    const { stdout } = await succeed(resume(run, ['--json']));
    expect(JSON.parse(stdout)).toEqual(recordIn(run));
    expect(recordIn(run).startedAt).toBe(startedAt);
    expect(leftIn(run)).toEqual(undisturbed);
  });
});

describe('an unfinished run', async () => {
  await broken(unfinished, { checkpoint: 6 });
  const before = filesIn(unfinished);

  it.each<[string, string[], RegExp]>([
    [
      'other values',
      ['--network', 'reference', '--epochs', '4', '--seed', '7'],
      /: the network, epochs \(3 in the checkpoint, 4 requested\); omit them, or train a new run/,
    ],
    ['another folder', ['--out', join(shared, 'elsewhere')], /--resume writes to .*, so --out .* cannot be given/],
  ])('is refused with %s, and stays as it is', async (_, more, sentence) => {
    expectOneSentence(await selvedge(resume(unfinished, more)), sentence);
    expect(filesIn(unfinished)).toEqual(before);
  });

  it('is not overwritten by a new training, whichever checkpoint it has', async () => {
    const run = copyOf(unfinished);
    for (const change of [() => {}, () => rmSync(join(run, current))]) {
      change();
      const files = filesIn(run);
      const outcome = await selvedge(['train', '--out', run, ...data, ...settings]);
      expectOneSentence(outcome, /holds an unfinished run; continue it with --resume .*, or choose another folder/);
      expect(filesIn(run)).toEqual(files);
    }
  });

  it('is resumed with the same values given again, also those that the data set lowers', async () => {
    const run = newRun();
    const same = [
      '--network',
      network,
      '--limit',
      '1000',
      '--batch-size',
      '500',
      '--epochs',
      '2',
      '--learning-rate',
      '1e-3',
    ];
    const first = await selvedge(['train', '--out', run, ...data, ...same], { env: disturbed({ checkpoint: 1 }) });
    expect(first).toMatchObject(killed);
    await succeed(resume(run, [...same, '--out', run, '--seed', '0', '--validation', '0']));
    expect(recordIn(run)).toMatchObject({ status: 'finished', configuration: { batchSize: 400, limit: null } });
  });

  it('that another build of the engine began is refused, unless allowed, which run.json says', async () => {
    const run = copyOf(unfinished);
    const other = 'ab'.repeat(32);
    for (const name of [current, former]) {
      const file = join(run, name);
      const { identity, state } = await readCheckpoint(readFileSync(file), file);
      writeFileSync(file, await writeCheckpoint({ identity: { ...identity, wasmSha256: other }, state }));
    }
    const files = filesIn(run);
    expectOneSentence(
      await selvedge(resume(run)),
      /another build of the engine \(abababababab…, .*--allow-different-engine/,
    );
    expect(filesIn(run)).toEqual(files);
    // Killed on the way, so that the second resume meets a checkpoint of this engine.
    const again = await selvedge(resume(run, ['--allow-different-engine']), { env: disturbed({ checkpoint: 2 }) });
    expect(again).toMatchObject(killed);
    await succeed(resume(run));
    const { record, ...rest } = leftIn(run);
    expect(record).toEqual({
      ...undisturbed.record,
      engine: { ...undisturbed.record.engine, earlierEngines: [other] },
    });
    expect(rest).toEqual({ metrics: undisturbed.metrics, weights: undisturbed.weights, names: undisturbed.names });
  });

  it.each([
    ['torn', (file: string) => truncateSync(file, 1000)],
    ['changed', (file: string) => writeFileSync(file, readFileSync(file).fill(7, 40_000, 40_001))],
  ])('is resumed from the previous checkpoint when the newest is %s, and reports it', async (_, damage) => {
    const run = copyOf(unfinished);
    damage(join(run, current));
    const { stdout } = await succeed(resume(run));
    expect(stdout).toMatch(
      /checkpoint\.safetensors is not a usable checkpoint: [^\n]+\. The one before it is used\.\n/,
    );
    expect(stdout).toContain('step 1 of epoch 2 is complete');
    expect(leftIn(run)).toEqual(undisturbed);
  });

  it.each<[string, (run: string) => void, RegExp]>([
    [
      'both checkpoints torn',
      (run) => [current, former].map((name) => truncateSync(join(run, name), 2000)),
      /\/checkpoint\.safetensors is not a usable checkpoint: .* cut short/,
    ],
    ['no checkpoint', (run) => [current, former].map((name) => rmSync(join(run, name))), /holds no checkpoint/],
  ])('with %s is refused in one sentence', async (_, damage, sentence) => {
    const run = copyOf(unfinished);
    damage(run);
    expectOneSentence(await selvedge(resume(run)), sentence);
  });
});

it('a finished run is reported as finished, and is not changed', async () => {
  const before = filesIn(reference);
  expectOneSentence(
    await selvedge(resume(reference)),
    /^selvedge: The run in .* is finished, so there is nothing to resume/,
  );
  expect(filesIn(reference)).toEqual(before);
});

describe('a disk that fills up while checkpoints are saved', () => {
  it('is reported, and the training continues to the same bits', async () => {
    const run = newRun();
    const { stderr } = await succeed(['train', '--out', run, ...data, ...settings], {
      env: disturbed({ fullFrom: 3 }),
    });
    expect(stderr).toMatch(/No checkpoint could be written; training continues: Cannot write .*: the disk is full; /);
    expect(leftIn(run)).toEqual(undisturbed);
  });

  it('leaves the previous checkpoint, from which a killed run is resumed', async () => {
    const run = newRun();
    await broken(run, { fullFrom: 7, at: 'half written', checkpoint: 9 });
    expect((await succeed(resume(run))).stdout).toContain('step 2 of epoch 2 is complete');
    expect(leftIn(run)).toEqual(undisturbed);
  });

  it('for real: nothing is lost, and with room again the run is finished', async ({ skip }) => {
    const disk = temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('mounting a small disk is not permitted; the tests above inject the same failure');
    }
    onTestFinished(() => void execFileSync('umount', [disk]));
    const run = join(disk, 'run');
    // One checkpoint has 82 kB: the first finds room, the second none, and the results none either.
    writeFileSync(join(disk, 'filler'), new Uint8Array(280 * 1024));
    const { status, stderr } = await selvedge(['train', '--out', run, ...data, ...settings], { env: disturbed({}) });
    expect(status).toBe(1);
    expect(stderr).toContain('No checkpoint could be written; training continues');
    expect(stderr).toMatch(/\nselvedge: Cannot write \/[^\n]+: the disk is full; [^\n]+\.\n$/);
    rmSync(join(disk, 'filler'));
    expect((await succeed(resume(run))).stdout).toContain('step 1 of epoch 1 is complete');
    expect(leftIn(run)).toEqual(undisturbed);
  });
});

it.each([
  ['a loss that turns NaN', ['--learning-rate', '1e30']],
  ['answers that turn NaN after the last step', ['--batch-size', '100', '--epochs', '1', '--learning-rate', '1e38']],
])('%s leaves no checkpoint, and the run from before', async (_, more) => {
  const run = copyOf(reference);
  const before = filesIn(run);
  const { status, stderr } = await selvedge(['train', '--out', run, ...data, ...settings, ...more], {
    env: disturbed({}),
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/\bselvedge: [^\n]+ try a learning rate below [^\n]+\.\n$/);
  expect(stderr).not.toContain('    at ');
  expect(filesIn(run)).toEqual(before);
});

it('a run killed in a used folder leaves the former run whole until its own results are there', async () => {
  const run = copyOf(reference);
  const before = filesIn(run);
  await broken(run, { checkpoint: 5 }, ['--seed', '8']);
  expect(filesIn(run)).toMatchObject(before);
  await succeed(resume(run));
  expect(recordIn(run).configuration.seed).toBe(8);
  expect(readdirSync(run)).toHaveLength(4);
});

it('more threads than cores compute the same bits, and are reported', async () => {
  const run = newRun();
  const threads = availableParallelism() + 1;
  const { stdout } = await succeed(['train', '--out', run, ...data, ...settings, '--threads', String(threads)]);
  expect(stdout).toMatch(
    new RegExp(`\\n${threads} threads are more than the \\d+ available cores?: the result is the same`),
  );
  expect(leftIn(run)).toEqual(undisturbed);
});
