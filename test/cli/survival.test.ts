import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  expectOneSentence,
  filesIn,
  resultsIn,
  selvedge,
  short,
  subset,
  temporaryFolder,
  trained,
} from './selvedge.ts';

/**
 * A file system of the given size in kilobytes, until the test ends; undefined where mounting is not permitted.
 */
function smallDisk(kilobytes: number): string | undefined {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}

/** Makes writing fail as a full disk does, for the files whose name ends so; loaded before the program. */
function fullFor(ending: string): NodeJS.ProcessEnv {
  const file = join(temporaryFolder(), 'full.cjs');
  writeFileSync(
    file,
    `const fs = require('node:fs/promises');
const { open } = fs;
fs.open = async (path, ...more) => {
  const handle = await open(path, ...more);
  if (String(path).includes(${JSON.stringify(ending)}))
    handle.writeFile = async () => { throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }); };
  return handle;
};
require('node:module').syncBuiltinESMExports();\n`,
  );
  return { ...process.env, NODE_OPTIONS: `--require=${file}` };
}

describe('an earlier run survives', () => {
  it('a loss that becomes NaN, which is reported with its step', async () => {
    const run = join(temporaryFolder(), 'run');
    await trained(run, short);
    const before = filesIn(run);
    const outcome = await selvedge(['train', ...short, '--learning-rate', '1e30', '--out', run]);
    expectOneSentence(outcome, /loss stopped being a number at step 2 of epoch 1, .* learning rate below 1e\+30/);
    expect(filesIn(run)).toEqual(before);
  });

  it('weights that the last step spoilt', async () => {
    const run = join(temporaryFolder(), 'run');
    await trained(run, short);
    const before = filesIn(run);
    const oneStep = ['--data', subset, '--epochs', '1', '--batch-size', '400', '--learning-rate', '1e38'];
    const { status, stderr } = await selvedge(['train', ...oneStep, '--out', run]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/selvedge: After step 1 of epoch 1, the last one, [^\n]+ are not numbers[^\n]+\.\n$/);
    expect(filesIn(run)).toEqual(before);
  });

  it('a disk that fills up', async () => {
    const disk = smallDisk(3000);
    // Where no file system may be mounted, the same failure is injected instead.
    const run = join(disk ?? temporaryFolder(), 'run');
    const env = disk === undefined ? fullFor('model.safetensors') : process.env;
    await trained(run, short);
    const before = filesIn(run);
    const { status, stderr } = await selvedge(['train', ...short, '--seed', '5', '--out', run], { env });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /\nselvedge: Cannot write \/[^\n]+\/run\/model\.safetensors: the disk is full; free some space [^\n]+\.\n$/,
    );
    expect(filesIn(run)).toEqual(before);
  });

  it('a disk that is full when any one of the four files is written', async () => {
    const former = join(temporaryFolder(), 'run');
    await trained(former, short);
    const before = filesIn(former);
    for (const name of Object.keys(before)) {
      const run = join(temporaryFolder(), 'run');
      cpSync(former, run, { recursive: true });
      const outcome = await selvedge(['train', ...short, '--seed', '5', '--out', run], { env: fullFor(name) });
      expect(outcome.status).toBe(1);
      expect(outcome.stderr).toContain(`selvedge: Cannot write ${join(run, name)}: the disk is full`);
      expect(resultsIn(run)).toEqual(before);
    }
  });
});

describe('an output folder that cannot be written', () => {
  it('is reported before the training', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'mine');
    for (const out of [file, join(file, 'run')]) {
      const outcome = await selvedge(['train', ...short, '--out', out]);
      expectOneSentence(outcome, /^selvedge: Cannot write \/.*; choose another path\.$/);
    }
  });

  it.runIf(process.platform === 'linux')('is refused by every command where no folder can be made', async () => {
    const run = join(temporaryFolder(), 'run');
    await trained(run, short);
    const picture = join(import.meta.dirname, '../fixtures/photos/08-boot-thumbnail.png');
    for (const args of [
      ['train', ...short, '--out', '/proc/x'],
      ['evaluate', run, '--data', subset, '--out', '/proc/x'],
      ['predict', run, picture, '--show', '/proc/x'],
      ['inspect', run, '--quick', '--data', subset, '--out', '/proc/x'],
    ]) {
      const outcome = await selvedge(args, { timeout: 30_000 });
      expectOneSentence(
        outcome,
        /^selvedge: Cannot write \/proc\/x: no folder can be made there; choose another path\.$/,
      );
    }
    const cwd = temporaryFolder();
    symlinkSync('/proc/x', join(cwd, 'runs'));
    expectOneSentence(await selvedge(['train', ...short], { cwd, timeout: 30_000 }), /^selvedge: Cannot write runs: /);
  });

  it('leaves no empty folder below runs', async () => {
    const cwd = temporaryFolder();
    expect((await selvedge(['train', ...short, '--learning-rate', '1e30'], { cwd })).status).toBe(1);
    expect(filesIn(join(cwd, 'runs'))).toEqual({});
  });

  it('is reported by evaluate and predict too', async () => {
    const folder = temporaryFolder();
    const run = join(folder, 'run');
    await trained(run, short);
    const under = join(run, 'run.json', 'out');
    const picture = join(import.meta.dirname, '../fixtures/photos/08-boot-thumbnail.png');
    for (const args of [
      ['evaluate', run, '--data', subset, '--out', under],
      ['predict', run, picture, '--show', under],
      ['predict', run, picture, '--csv', under],
      ['data', 'preview', '--data', subset, '--out', under],
    ]) {
      expectOneSentence(await selvedge(args), /Cannot write \/.*run\.json\/out/);
    }
    mkdirSync(join(folder, 'taken.png'));
    const taken = await selvedge(['data', 'preview', '--data', subset, '--out', join(folder, 'taken.png')]);
    expectOneSentence(taken, /taken\.png: a folder of this name exists/);
  });
});
