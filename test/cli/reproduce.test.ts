import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/formats/runRecord.ts';
import {
  expectOneSentence,
  filesIn,
  recordIn,
  selvedge,
  startSelvedge,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

const shared = temporaryFolder(afterAll);
const network = join(shared, 'small.json');
writeFileSync(
  network,
  JSON.stringify([
    { type: 'input', shape: [28, 28, 1] },
    { type: 'flatten' },
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ]),
);
const data = ['--data', subset];
const settings = [...data, '--network', network, '--limit', '120', '--batch-size', '50', '--seed', '7'];
const run = join(shared, 'run');
const record = await trained(run, [...settings, '--epochs', '3', '--validation', '20', '--threads', '2']);

/** A run's folder whose record was changed. */
function withRecord(change: (record: RunRecord) => unknown): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'run.json'), JSON.stringify(change(record)));
  return folder;
}

const reproduce = (folder: string, more: readonly string[] = []) => selvedge(['reproduce', folder, ...data, ...more]);

describe('reproduce', () => {
  it.each(['1', '3'])('finds the same bits on %s threads, and touches nothing', async (threads) => {
    const before = filesIn(run);
    const { stdout, stderr } = await succeed(['reproduce', run, ...data, '--threads', threads]);
    expect(stdout).toBe(
      `same bits: the weights after each of 3 epochs equal those of the run\nweights SHA-256    ${record.weightsSha256}\n`,
    );
    expect(stderr).toContain('epoch 3: loss ');
    expect(stderr).not.toContain('build of the engine');
    expect(filesIn(run)).toEqual(before);
  });

  it('--json prints one object', async () => {
    const { stdout } = await succeed(['reproduce', run, ...data, '--json']);
    expect(JSON.parse(stdout)).toEqual({ same: true, epochs: 3, weightsSha256: record.weightsSha256 });
  });

  it('needs nothing but run.json', async () => {
    await succeed(['reproduce', withRecord((same) => same), ...data]);
  });

  it.each([1, 2])('names epoch %i when it is the first that differs, and ends with status 1', async (epoch) => {
    const folder = withRecord(({ history, ...rest }) => ({
      ...rest,
      history: history.map((metrics, i) => (i < epoch - 1 ? metrics : { ...metrics, weightsSha256: 'ab'.repeat(32) })),
    }));
    const { status, stdout, stderr } = await reproduce(folder);
    expect(status).toBe(1);
    expect(stdout).toContain(`different bits: epoch ${epoch} is the first that differs\n`);
    // What comes after it is not trained any more.
    expect(stderr).not.toContain(`epoch ${epoch + 1}: loss`);
  });

  it('reports final weights that are not those of the last epoch', async () => {
    const { status, stdout } = await reproduce(withRecord((changed) => ({ ...changed, weightsSha256: '00' })));
    expect(status).toBe(1);
    expect(stdout).toContain('different bits: every epoch agrees, but the final weights do not\n');
  });

  it('a slightly other rate, or another split, has other bits from the first epoch on', async () => {
    for (const other of [{ learningRate: 0.0010000001 }, { validation: 21 }]) {
      const folder = withRecord(({ configuration, ...rest }: RunRecord) => ({
        ...rest,
        configuration: { ...configuration, ...other },
      }));
      const { status, stdout } = await reproduce(folder);
      expect({ other, status, stdout }).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('epoch 1 is the first'),
      });
    }
  });

  it('says so when another build of the engine trained the run, or a part of it', async () => {
    const { engine } = record;
    for (const other of [
      { ...engine, wasmSha256: 'ab'.repeat(32) },
      { ...engine, earlierEngines: ['ab'.repeat(32)] },
    ]) {
      const { stdout, stderr } = await succeed([
        'reproduce',
        withRecord((same) => ({ ...same, engine: other })),
        ...data,
      ]);
      expect(stderr).toContain('The run was trained, at least in part, with another build of the engine');
      expect(stdout).toContain('same bits');
    }
  });

  it('compares the whole epochs of a stopped run', async () => {
    const stopped = join(temporaryFolder(), 'run');
    const { child, ended, seen } = startSelvedge(['train', '--out', stopped, ...settings, '--epochs', '100000']);
    await seen('epoch 2: loss');
    child.kill('SIGINT');
    expect((await ended).status).toBe(130);
    const { status, epochs } = recordIn(stopped);
    expect(status).toBe('stopped');
    const { stdout } = await succeed(['reproduce', stopped, ...data]);
    expect(stdout).toContain(`same bits: the weights after each of ${epochs} epochs`);
  });

  it('Ctrl-C ends it with status 130', async () => {
    const file = join(temporaryFolder(), 'interrupted.cjs');
    writeFileSync(
      file,
      `const { isMainThread } = require('node:worker_threads');
const write = process.stderr.write.bind(process.stderr);
if (isMainThread) process.stderr.write = (text, ...more) => {
  if (String(text).startsWith('epoch 1: ')) process.kill(process.pid, 'SIGINT');
  return write(text, ...more);
};\n`,
    );
    const outcome = await selvedge(['reproduce', run, ...data], {
      env: { ...process.env, NODE_OPTIONS: `--require=${file}` },
    });
    expect(outcome).toMatchObject({ status: 130, stdout: '' });
    expect(outcome.stderr).toMatch(/\nselvedge: Stopped before the comparison was complete\.\n$/);
  });
});

describe('bad input in one sentence', () => {
  it.each<[string, () => string, RegExp]>([
    ['no folder', () => join(shared, 'none'), /There is no run in .*none: .*run\.json cannot be read/],
    ['no run.json', () => temporaryFolder(), /There is no run in .*: .*run\.json cannot be read/],
    ['a torn run.json', () => torn(), /run\.json is not JSON; it was changed or cut short/],
    ['a list', () => withRecord(() => []), /run\.json is not a record of a run: Invalid input: expected object/],
    ['another file', () => withRecord(() => ({ format: 'x' })), /run\.json is not a record of a run: format: /],
    ['a newer version', () => withRecord((r) => ({ ...r, version: 2 })), /not a record of a run: version: /],
    [
      'no epochs wanted',
      () => withRecord((r) => ({ ...r, configuration: { ...r.configuration, batchSize: 0 } })),
      /not a record of a run: configuration\.batchSize: /,
    ],
    [
      'an unknown layer',
      () => withRecord((r) => ({ ...r, network: { name: 'x', spec: [{ type: 'lstm' }] } })),
      /Layer 1 has the unknown type "lstm"/,
    ],
    [
      'a run that was stopped within its first epoch',
      () => withRecord((r) => ({ ...r, status: 'stopped', epochs: 0, history: [] })),
      /was stopped within its first epoch, so there is nothing to compare/,
    ],
    [
      'another data set',
      () => {
        const files = { ...record.dataset.files, 't10k-labels-idx1-ubyte': 'ab'.repeat(32) };
        return withRecord((r) => ({ ...r, dataset: { ...r.dataset, files } }));
      },
      /trained on another t10k-labels-idx1-ubyte than the one in .*; name its folder with --data/,
    ],
  ])('%s', async (_, folder, sentence) => {
    expectOneSentence(await reproduce(folder()), sentence);
  });

  it('no run at all, or a senseless number of threads', async () => {
    expectOneSentence(await selvedge(['reproduce']), /missing required argument/);
    expectOneSentence(await reproduce(run, ['--threads', '0']), /a whole number from 1 to 256/);
  });
});

function torn(): string {
  const folder = withRecord((same) => same);
  truncateSync(join(folder, 'run.json'), 500);
  return folder;
}
