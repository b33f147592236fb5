import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { mean, root, subset, train, withFolder } from './selvedge.mjs';

const wanted = { kills: 20, inWrites: 5 };
const wantedQuickly = { kills: 3, inWrites: 1 };
/** So many at most, so that a machine on which no write can be hit comes to an end. */
const mostKills = 80;
/** Small batches, so that an epoch takes longer than the second between two checkpoints. */
const settings = ['--epochs', '4', '--batch-size', '2', '--seed', '3'];
const common = ['--data', subset, '--checkpoint-seconds', '1'];

/**
 * Trains until enough SIGKILLs have hit: every other one at a random moment, every other one at a random time after a
 * checkpoint's temporary file has appeared. A kill counts as one in a write where it left such a file behind. Each run is
 * resumed until it is over, and compared with one that nothing disturbed.
 */
export const kills = {
  promise: `a run that SIGKILL breaks off ends with the same bits after resuming: ${wanted.kills} kills at random moments, at least ${wanted.inWrites} of them in a checkpoint's write`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const random = randomSequence(0, streams.inspection, 0);
      const { kills: least, inWrites: leastInWrites } = quick ? wantedQuickly : wanted;
      const whole = join(folder, 'undisturbed');
      const began = performance.now();
      await train([...common, ...settings, '--out', whole]);
      const duration = performance.now() - began;
      const expected = leftIn(whole);

      const broken = [];
      const details = [];
      let runs = 0;
      let differing = 0;
      const inWrites = () => broken.filter(({ inWrite }) => inWrite).length;
      while ((broken.length < least || inWrites() < leastInWrites) && broken.length < mostKills) {
        const run = join(folder, String(++runs));
        mkdirSync(run);
        const before = broken.length;
        for (;;) {
          const aimed = (broken.length + runs) % 2 === 0;
          const end = await lifeOf(run, aimed, random, duration);
          if (end === 'over') break;
          broken.push(end);
        }
        const same = JSON.stringify(leftIn(run)) === JSON.stringify(expected);
        if (!same) differing++;
        const its = broken.slice(before);
        details.push(
          `run ${runs}: ${its.length} kills, ${its.filter(({ inWrite }) => inWrite).length} in a write, ${same ? 'the same in the end' : 'ANOTHER RESULT'}`,
        );
      }
      const inEpochs = broken.filter(({ hadCheckpoint }) => hadCheckpoint).length;
      details.push(
        `${inEpochs} kills left a checkpoint to go on from; after the others the run began anew`,
        `killed ${mean(broken.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms after its start on average; undisturbed it takes ${duration.toFixed(0)} ms`,
        `weights' SHA-256: ${expected.record.weightsSha256}`,
      );
      return {
        figure: `${broken.length} kills, ${inWrites()} of them in a checkpoint's write; ${runs - differing} of ${runs} runs ended like the undisturbed one in weights, metrics.jsonl and run.json (times aside)`,
        passes: differing === 0 && broken.length >= least && inWrites() >= leastInWrites,
        details,
      };
    }),
};

const hasCheckpoint = (run) => readdirSync(run).some((name) => /^checkpoint(\.former)?\.safetensors$/.test(name));
/** What stands in the folder only while a checkpoint is written and takes its name. */
const isWaiting = (name) => name?.includes('.checkpoint.next') ?? false;

/** Trains or goes on, until the kill or the end of the run, whichever is first. */
async function lifeOf(run, aimed, random, duration) {
  const goal = hasCheckpoint(run) ? ['--resume', run] : [...settings, '--out', run];
  const leftBefore = new Set(readdirSync(run));
  const began = performance.now();
  const child = spawn(process.execPath, ['dist/node/cli/main.js', 'train', ...common, ...goal], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  const stop = new AbortController();
  const kill = () => child.kill('SIGKILL');
  if (aimed) {
    // One of the first writes, within a few milliseconds of its beginning: that is about how long it takes.
    const place = 1 + random.below(4);
    const delay = random.below(6);
    const begun = new Set();
    watch(run, { signal: stop.signal }, (_, name) => {
      if (!isWaiting(name) || !name.endsWith('.tmp') || begun.has(name) || leftBefore.has(name)) return;
      if (begun.add(name).size !== place) return;
      const until = performance.now() + delay;
      while (performance.now() < until);
      kill();
    });
  } else {
    sleep(random.float() * duration, undefined, { signal: stop.signal }).then(kill, () => undefined);
  }
  const { status, signal } = await ended;
  stop.abort();
  if (status === 0) return 'over';
  if (signal !== 'SIGKILL') throw new Error(`the training ended with status ${status}: ${errors.trimEnd()}`);
  return {
    milliseconds: performance.now() - began,
    inWrite: readdirSync(run).some((name) => isWaiting(name) && !leftBefore.has(name)),
    hadCheckpoint: hasCheckpoint(run),
  };
}

/** All that a run leaves, without its times and its place. */
function leftIn(run) {
  const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  const { run: _, model: __, startedAt, secondsPerEpoch, history, ...rest } = record;
  return {
    record: { ...rest, history: history.map(({ seconds, ...figures }) => figures) },
    metrics: readFileSync(join(run, 'metrics.jsonl'), 'utf8'),
    model: createHash('sha256')
      .update(readFileSync(join(run, 'model.safetensors')))
      .digest('hex'),
    names: readdirSync(run).sort(),
  };
}
