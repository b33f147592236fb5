import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  filesIn,
  recordIn,
  resultsIn,
  selvedge,
  start,
  startSelvedge,
  stepsIn,
  subset,
  temporaryFolder,
} from './selvedge.ts';

/** A training that would take minutes, after its first epoch. */
async function longTraining(run: string) {
  const running = startSelvedge(['train', '--data', subset, '--epochs', '1000', '--batch-size', '100', '--out', run]);
  await running.seen('epoch 1: loss');
  return running;
}

describe('Ctrl-C', () => {
  it('stops after the step, writes the model so far, and ends with status 130', async () => {
    const run = join(temporaryFolder(), 'run');
    const { child, ended } = await longTraining(run);
    child.kill('SIGINT');
    const { status, signal, stdout, stderr } = await ended;
    expect({ status, signal }).toEqual({ status: 130, signal: null });
    expect(stderr).toContain('Stopping after this step …');
    const record = recordIn(run);
    expect(stdout).toContain(`Stopped after ${record.epochs} complete epoch`);
    expect(record).toMatchObject({ status: 'stopped', configuration: { epochs: 1000 }, dataset: { trainImages: 400 } });
    expect(record.history).toHaveLength(record.epochs);
    const { epoch, step } = stepsIn(run).at(-1)!;
    expect([record.epochs + 1, record.epochs]).toContain(epoch);
    expect(step).toBeLessThanOrEqual(4);
    const { status: evaluated, stdout: scores } = await selvedge(['evaluate', run, '--data', subset, '--json']);
    expect(evaluated).toBe(0);
    expect(JSON.parse(scores).accuracy).toBe(record.testAccuracy);
  });

  it('counts once when npm hands on what the terminal sent already', async () => {
    const run = join(temporaryFolder(), 'run');
    const { child, ended } = await longTraining(run);
    child.kill('SIGINT');
    await sleep(20);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 130, signal: null });
    expect(recordIn(run).status).toBe('stopped');
  });

  it('a second time quits at once and leaves an earlier run as it was', async () => {
    const run = join(temporaryFolder(), 'run');
    const short = ['train', '--data', subset, '--limit', '30', '--epochs', '1', '--out', run];
    expect((await selvedge(short)).status).toBe(0);
    const before = filesIn(run);
    // A wide network takes seconds to be scored, so that the second Ctrl-C comes in the midst of it.
    const wide = [
      { type: 'input', shape: [28, 28, 1] },
      { type: 'conv2d', filters: 256, kernelSize: 7, activation: 'relu' },
      { type: 'conv2d', filters: 256, kernelSize: 7, activation: 'relu' },
      { type: 'flatten' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    const spec = join(temporaryFolder(), 'wide.json');
    writeFileSync(spec, JSON.stringify(wide));
    const { child, ended, seen } = startSelvedge([
      ...['train', '--network', spec, '--data', subset, '--limit', '10', '--epochs', '1', '--out', run],
    ]);
    await seen('Evaluating …');
    child.kill('SIGINT');
    await seen('Training is complete and the evaluation is running; Ctrl-C again quits');
    await sleep(600);
    child.kill('SIGINT');
    const { status, signal, stdout } = await ended;
    expect({ status, signal }).toEqual({ status: 130, signal: null });
    // Had it waited for the scores, it would have written and printed them.
    expect(stdout).not.toContain('test accuracy');
    expect(resultsIn(run)).toEqual(before);
  });
});

describe('a thread that dies', () => {
  /** Loaded into every thread before the program: the worker does this when its tenth piece of work comes. */
  function sabotage(deed: string): string {
    const file = join(temporaryFolder(), 'sabotage.cjs');
    writeFileSync(
      file,
      `const { isMainThread, parentPort } = require('node:worker_threads');
let messages = 0;
if (!isMainThread) parentPort.on('message', () => { if (++messages === 10) { ${deed} } });\n`,
    );
    return file;
  }

  it.each([
    ['throws', "throw new Error('a cosmic ray')", 'failed (a cosmic ray)'],
    ['exits', 'process.exit(3)', 'ended unexpectedly (exit code 3)'],
  ])('because it %s ends the run with its cause, on 1 thread and on 2', async (_, deed, cause) => {
    for (const threads of ['1', '2']) {
      const run = join(temporaryFolder(), 'run');
      const args = ['train', '--data', subset, '--epochs', '100', '--out', run, '--threads', threads];
      const { status, stderr } = await selvedge(args, {
        env: { ...process.env, NODE_OPTIONS: `--require=${sabotage(deed)}` },
      });
      expect(status).toBe(1);
      expect(stderr).toContain(`selvedge: A worker thread ${cause}, so the run ended.\n`);
      expect(stderr).not.toContain('    at ');
      expect(resultsIn(run)).toEqual({});
    }
  });
});

describe('a reader that goes away', () => {
  const bash = (line: string, ...words: string[]) => start('bash', ['-c', line, process.execPath, ...words]).ended;

  it.each([
    ['train', `train --data '${subset}' --epochs 1 --out "$1"`],
    ['data', `data --data '${subset}'`],
    ['--help', '--help'],
  ])('%s ends quietly', async (_, words) => {
    const out = join(temporaryFolder(), 'run');
    const line = `"$0" dist/node/cli/main.js ${words} | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await bash(line, out);
    expect(stderr.replaceAll(/^(epoch 1:.*|Evaluating …)\n/gm, '')).toBe('');
    expect(['0', '141']).toContain(stdout.trim());
  });

  it('on standard error does not stop the work', async () => {
    const out = join(temporaryFolder(), 'run');
    const line = `{ "$0" dist/node/cli/main.js train --data '${subset}' --limit 60 --epochs 2 --out "$1" 2>&1 >&3 | true; } 3>/dev/null; echo "\${PIPESTATUS[0]}"`;
    await bash(line, out);
    expect(recordIn(out).epochs).toBe(2);
  });

  it.runIf(process.platform === 'linux')(
    'and a full disk behind standard output is reported in a sentence',
    async () => {
      const { status, stderr } = await bash(`"$0" dist/node/cli/main.js data --data '${subset}' > /dev/full`);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^selvedge: Standard output cannot be written \(ENOSPC[^\n]+\.\n$/);
    },
  );
});
