import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { classFolders, drawn, writePictures } from '../fixtures/pictures.ts';
import { expectOneSentence, lastLine, selvedge, succeed, temporaryFolder } from './selvedge.ts';

const parent = temporaryFolder(afterAll);
const photos = join(parent, 'photos');
const env = { ...process.env, XDG_CACHE_HOME: join(parent, 'cache') };
const run = (...words: readonly string[]) => succeed(['data', ...words], { env });

describe('data describe', async () => {
  await writePictures(photos, {
    ...classFolders(10, ['coat', 'shirt']),
    'coat/broken.jpg': new TextEncoder().encode('text'),
    'shirt/<b>&.png': { number: 500, grey: true },
  });
  const turned = drawn({ number: 3 }).withMetadata({ orientation: 6, exif: { IFD0: { Copyright: 'SECRET-OWNER' } } });
  await turned.jpeg({ quality: 95 }).toFile(join(photos, 'shirt/exif.jpg'));
  await drawn({ number: 3, width: 144, height: 128 })
    .jpeg({ quality: 60 })
    .toFile(join(photos, 'shirt/like coat 03.jpg'));
  const page = join(parent, 'photos.html');
  const words = (await run('describe', photos, '--out', page)).stdout;

  it('says counts, split, near-duplicates, broken files and warnings', () => {
    expect(words).toMatch(/^photos\nfolder: .*photos\n\n23 pictures: 22 in colour, 1 grey\n/);
    expect(words).toMatch(/\ncoat +10 +\d+ +\d+ +\d+\nshirt +13 +\d+ +\d+ +\d+\nThe split is that of seed 0\.\n/);
    expect(words).toContain('\nacross classes: 1\n  coat/03.png, shirt/like coat 03.jpg\n');
    expect(words).toMatch(/\n1 file left out\n {2}.*coat\/broken\.jpg is not a PNG, JPEG or WebP picture/);
    expect(words.trimEnd().endsWith(`page: ${page}`)).toBe(true);
  });

  it('gives the same as JSON, from the cache', async () => {
    const json = JSON.parse(lastLine((await run('describe', photos, '--json', '--seed', '3')).stdout));
    expect(json).toMatchObject({ name: 'photos', folder: photos, seed: 3, pictures: 23, grey: 1, splitProblem: null });
    expect(json.duplicates.acrossClasses).toEqual([['coat/03.png', 'shirt/like coat 03.jpg']]);
    expect(json.classes[0].split).toEqual({ train: 6, validation: 2, test: 2 });
  });

  it('shows pictures without EXIF, escapes names, and loads nothing', () => {
    const markup = readFileSync(page, 'utf8');
    expect(readFileSync(join(photos, 'shirt/exif.jpg'), 'latin1')).toContain('SECRET-OWNER');
    const pngs = [...markup.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, text]) =>
      Buffer.from(text!, 'base64'),
    );
    expect(pngs.length).toBe(8 + 8 + 2);
    for (const png of pngs) expect(chunksOf(png)).toEqual(['IHDR', 'IDAT', 'IEND']);
    expect(markup).not.toMatch(/<img(?![^>]*src="data:)/);
    expect(markup).not.toContain('<b>&.png');
    expect(markup).toContain('coat/broken.jpg');
  });

  it('clear-cache removes the cached pictures and features', async () => {
    const features = join(parent, 'cache/selvedge/features');
    mkdirSync(join(features, 'some'), { recursive: true });
    expect(statSync(join(parent, 'cache/selvedge/pictures')).isDirectory()).toBe(true);
    expect((await run('clear-cache')).stdout).toMatch(
      /^Removed \d\.\d MB of resized pictures from .*selvedge\/pictures\.\nRemoved \d\.\d MB of features from .*selvedge\/features\.\n$/,
    );
    expect(() => statSync(join(parent, 'cache/selvedge/pictures'))).toThrow(/ENOENT/);
    expect(() => statSync(features)).toThrow(/ENOENT/);
  });

  it('describes a folder that cannot be split', async () => {
    const one = join(parent, 'one');
    await writePictures(one, classFolders(3, ['only']));
    const { stdout } = await run('describe', one);
    expect(stdout).toContain('There is no split: ');
    expect(stdout).toContain('has only the class only: a classifier needs two or more');
  });

  it.each([
    [[join(parent, 'none')], /none does not exist; name a folder of pictures/],
    [[join(parent, 'empty')], /has no class: put the pictures/],
    [[photos, '--seed', 'x'], /--seed is 'x', but should be a whole number from 0 up/],
    [[photos, '--out', join(parent, 'no', 'page.html')], /Cannot write .*page\.html: the folder does not exist/],
  ])('%j is refused in one sentence', async (args, sentence) => {
    mkdirSync(join(parent, 'empty'), { recursive: true });
    expectOneSentence(await selvedge(['data', 'describe', ...args], { env }), sentence);
  });
});

function chunksOf(png: Buffer): string[] {
  const names: string[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) names.push(png.toString('latin1', at + 4, at + 8));
  return [...new Set(names)];
}
