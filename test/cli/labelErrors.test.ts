import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expectOneSentence, filesIn, selvedge, subset, succeed, temporaryFolder } from './selvedge.ts';

const folder = temporaryFolder(afterAll);
const short = [
  '--data',
  subset,
  '--network',
  'reference',
  '--epochs',
  '1',
  '--batch-size',
  '50',
  '--folds',
  '2',
  '--json',
];

describe('label-errors', async () => {
  const list = async (name: string, ...more: string[]) =>
    (await succeed(['label-errors', ...short, ...more, '--out', join(folder, name)])).stdout;
  const first = await list('first');

  it('judges every image once, and writes a list and a page', () => {
    const { images, folds, joint, errors } = JSON.parse(first);
    expect({ images, folds }).toEqual({ images: 400, folds: 2 });
    expect(Object.keys(filesIn(join(folder, 'first'))).sort()).toEqual([
      'index.html',
      'label-errors.csv',
      'label-errors.json',
    ]);
    const rows = readFileSync(join(folder, 'first', 'label-errors.csv'), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(rows).toHaveLength(1 + errors.length);
    const offDiagonal = (joint as number[][]).flatMap((row, given) => row.filter((_, other) => other !== given));
    expect(offDiagonal.reduce((sum, count) => sum + count, 0)).toBe(errors.length);
  });

  it('lists the same errors on another number of threads', async () => {
    const again = await list('again', '--threads', '3');
    expect(JSON.parse(again).errors).toEqual(JSON.parse(first).errors);
  });

  it('links the counts of the confusion matrix to their images', () => {
    const page = readFileSync(join(folder, 'first', 'index.html'), 'utf8');
    const links = [...page.matchAll(/href="#(cell-\d+-\d+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(0);
    for (const id of links) expect(page).toContain(`id="${id}"`);
  });

  it.each([
    [['--folds', '1'], /Cannot make 1 folds of 400 images; choose from 2 to 400/],
    [['--folds', '401'], /Cannot make 401 folds of 400 images; choose from 2 to 400/],
    [['--validation', '50'], /--validation 50 cannot be given: every image is judged out of its fold/],
  ])('%j is refused in one sentence', async (options, sentence) => {
    expectOneSentence(await selvedge(['label-errors', ...short, ...options, '--out', join(folder, 'bad')]), sentence);
  });
});
