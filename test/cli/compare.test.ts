import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/core/evaluation/comparison/record.ts';
import {
  expectOneSentence,
  filesIn,
  recordIn,
  selvedge,
  short,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

describe('selvedge compare', async () => {
  const folder = temporaryFolder(afterAll);
  const inFolder = (name: string) => join(folder, name);
  const a = [inFolder('a0'), inFolder('a1')];
  const b = [inFolder('b0'), inFolder('b1')];
  const records = await Promise.all([
    trained(a[0]!, [...short, '--seed', '0']),
    trained(a[1]!, [...short, '--seed', '1']),
    trained(b[0]!, [...short, '--seed', '0', '--epochs', '3', '--validation', '20']),
    trained(b[1]!, [...short, '--seed', '1', '--epochs', '3', '--validation', '20']),
  ]);
  const compare = (...args: string[]) => selvedge(['compare', '--data', subset, ...args]);

  /** A copy of a run whose record is changed. */
  function changed(name: string, from: string, change: (text: string) => string): string {
    cpSync(from, inFolder(name), { recursive: true });
    const file = join(inFolder(name), 'run.json');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    return inFolder(name);
  }

  it('compares two groups of two seeds, the figures those of their records', async () => {
    const out = inFolder('out');
    const { stdout } = await succeed(['compare', '--data', subset, ...b, ...a, '--out', out, '--json']);
    const { files, ...comparison }: Comparison & { files: Record<string, string> } = JSON.parse(stdout);
    expect(JSON.parse(filesIn(out)['compare.json']!)).toEqual(comparison);
    expect(files['page']).toBe(join(out, 'index.html'));
    expect(filesIn(out)['index.html']).toContain('<h1>4 runs in 2 groups</h1>');
    expect(comparison.groups.map(({ id, label }) => [id, label])).toEqual([
      ['A', 'reference, epochs 3, validation 20'],
      ['B', 'reference, epochs 1, validation 0'],
    ]);
    const [first, second] = comparison.groups;
    for (const [i, { accuracy, plain, seed }] of [...second!.runs, ...first!.runs].entries()) {
      expect({ accuracy, seed }).toEqual({ accuracy: records[i]!.testAccuracy, seed: records[i]!.configuration.seed });
      expect(plain.loss).toBeCloseTo(records[i]!.testLoss, 12);
    }
    expect(first!.calibrated).not.toBeNull();
    expect(second!.calibrated).toBeNull();
    expect(first).toMatchObject({ parameters: 421_642, multiplyAdds: 4_241_152 });
    expect(comparison.differences[0]!.accuracy.test!.method).toBe('paired');
    expect(comparison.differences[0]!.images.pairs).toHaveLength(2);
    // Its own page may be replaced.
    await succeed(['compare', '--data', subset, ...a, '--out', out]);
  });

  it('prints tables and a sentence, and the figures of one run alone', async () => {
    const { stdout } = await succeed(['compare', '--data', subset, a[0]!, b[1]!]);
    expect(stdout).toMatch(/^A {2}reference, epochs 1, validation 0: seed 0$/m);
    expect(stdout).toMatch(/percentage points/);
    const alone = await succeed(['compare', '--data', subset, a[0]!]);
    expect(alone.stdout).toContain('There is one group, so there is nothing to compare.');
    expect(alone.stdout).toContain(`${(records[0]!.testAccuracy * 100).toFixed(2)} %`);
  });

  it('counts a copy of a run once', async () => {
    const copy = changed('copy', a[0]!, (text) => text);
    const { stdout } = await succeed(['compare', '--data', subset, a[0]!, copy]);
    expect(stdout).toContain(`${copy} has the seed and the weights of ${a[0]} and is counted once.`);
  });

  it('refuses what is no run, an unfinished run, and other data, each with one sentence', async () => {
    expectOneSentence(await compare(a[0]!, subset), /There is no run in .*fashion-mnist-subset;/);
    expectOneSentence(await compare(join(a[0]!, 'run.json')), /There is no run in .*run\.json;/);
    const stopped = changed('stopped', a[1]!, (text) => text.replace('"finished"', '"stopped"'));
    expectOneSentence(await compare(a[0]!, stopped), /stopped is not finished \(it was stopped after 1 of 1 epochs\)/);
    const file = Object.keys(recordIn(a[0]!).dataset.files)[0]!;
    const sha256 = recordIn(a[0]!).dataset.files[file]!;
    const other = changed('other', a[1]!, (text) => text.replace(sha256, 'f'.repeat(64)));
    expectOneSentence(await compare(a[0]!, other), /have different files .*; compare runs on one data set only/);
    expectOneSentence(await selvedge(['compare', a[0]!, '--out', a[1]!]), /contains an index.html that is not a comp/);
  });

  it('refuses a run whose record does not belong to its model', async () => {
    const accuracy = recordIn(a[0]!).testAccuracy;
    const better = changed('better', a[0]!, (text) =>
      text.replace(`"testAccuracy": ${accuracy}`, '"testAccuracy": 0.99'),
    );
    expectOneSentence(await compare(better), /The test accuracy of .*better is .* now, 99\.00 % in its run\.json/);
    const swapped = changed('swapped', a[0]!, (text) =>
      text.replace(records[0]!.weightsSha256, records[1]!.weightsSha256),
    );
    expectOneSentence(await compare(swapped), /The weights of the model in .*swapped are not those of its run\.json/);
  });
});
