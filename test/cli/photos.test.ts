import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { philox } from '../../src/core/engine/random.ts';
import { expectOneSentence, recordIn, selvedge, subset, succeed, temporaryFolder } from './selvedge.ts';

const folder = temporaryFolder(afterAll);
const run = (name: string) => join(folder, name);
const photos = join(folder, 'photos');
process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
const tints = { cool: [0.4, 0.6, 1], green: [0.4, 1, 0.5], warm: [1, 0.6, 0.3] };

/** Squares of random brightness in a class' colour, of a size of their own. */
async function photo(tint: readonly number[], number: number): Promise<Buffer> {
  const [width, height] = [60 + (number % 5) * 10, 50 + (number % 3) * 10];
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const square = Math.floor(i / width / 8) * 20 + Math.floor((i % width) / 8);
    const brightness = 60 + (philox([number, square, 7, 0], [3, 4])[0] >>> 24) * 0.7;
    for (let c = 0; c < 3; c++) pixels[i * 3 + c] = brightness * tint[c]!;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

for (const [label, [name, tint]] of Object.entries(tints).entries()) {
  mkdirSync(join(photos, name), { recursive: true });
  for (let i = 0; i < 20; i++) writeFileSync(join(photos, name, `${i}.jpg`), await photo(tint, label * 100 + i));
}

describe('train --data with a folder of photos', async () => {
  const short = ['--epochs', '1', '--batch-size', '10', '--network', 'small', '--image-size', '24'];
  await succeed(['train', '--data', photos, ...short, '--out', run('scratch')]);
  const record = recordIn(run('scratch'));

  it('trains on 14 of 20 photos of each class, and keeps 3 for validation and 3 for the test', () => {
    expect(record).toMatchObject({
      configuration: { validation: 9 },
      dataset: {
        name: 'photos',
        classNames: ['cool', 'green', 'warm'],
        trainImages: 42,
        validationImages: 9,
        testImages: 9,
      },
      preprocessing: { reshape: [24, 24, 3], pictures: { photos: 'whole', negate: false } },
    });
    expect(Object.keys(record.dataset.files)).toEqual(['list of pictures', 'decoded pixels']);
  });

  it('evaluate uses the same test photos, and reproduce the same training photos', async () => {
    const { stdout } = await succeed(['evaluate', run('scratch'), '--data', photos, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ count: 9, accuracy: record.testAccuracy });
    const again = await succeed(['reproduce', run('scratch'), '--data', photos, '--threads', '1']);
    expect(again.stdout).toContain('same bits');
  });

  it('a model of photos is not evaluated on another data set', async () => {
    expectOneSentence(
      await selvedge(['evaluate', run('scratch'), '--data', subset]),
      /The model tells cool, green, warm apart, but fashion-mnist-subset has other classes/,
    );
  });
});

describe('train --data --from efficientnet-lite0', async () => {
  const { stdout } = await succeed([
    'train',
    '--data',
    photos,
    '--from',
    'efficientnet-lite0',
    '--image-size',
    '32',
    '--out',
    run('head'),
  ]);
  const record = recordIn(run('head'));

  it('tells colours apart that a few photos show, without calibration on so few', () => {
    expect(record.testAccuracy).toBeGreaterThan(0.8);
    expect(record.transfer).toMatchObject({ imageSize: 32, chosenBy: { kind: 'validation', images: 9 } });
    expect(readFileSync(join(run('head'), 'model.safetensors')).includes('"card"')).toBe(false);
  });

  it('fewer than 150 test photos: heads are cross-validated on all photos, with an interval, beside the test accuracy', () => {
    const { crossValidation } = record.transfer!;
    expect(crossValidation).toMatchObject({ folds: 7, images: 60, units: 60 });
    const { accuracy, low, high } = crossValidation!;
    expect(accuracy).toBeGreaterThan(0.8);
    expect(low).toBeLessThan(accuracy);
    expect(high - low).toBeLessThan(0.3);
    expect(stdout).toMatch(/\ncross-validated +\d+\.\d\d\s% {3}\(60 images in 7 folds; 95 % interval /);
    expect(readFileSync(join(run('head'), 'index.html'), 'utf8')).toContain('60 images in 7 folds');
  });

  it('the weights do not depend on it: --per-class leaves it out', async () => {
    const options = ['--from', 'efficientnet-lite0', '--image-size', '32', '--per-class', '5', '--out', run('few')];
    await succeed(['train', '--data', photos, ...options]);
    expect(recordIn(run('few')).transfer!.crossValidation).toBeUndefined();
  });

  it('predict resizes a photo of any size', async () => {
    const { stdout } = await succeed(['predict', run('head'), join(photos, 'warm', '1.jpg'), '--json']);
    const [{ predictions, conversion }] = JSON.parse(stdout).predictions;
    expect(predictions[0].name).toBe('warm');
    expect(conversion.kind).toBe('resized');
  });

  it('reproduce says so where a photo was replaced', async () => {
    const again = await succeed(['reproduce', run('head'), '--data', photos]);
    expect(again.stdout).toContain('same bits: the weights equal those of the run');
    const copy = join(folder, 'changed');
    cpSync(photos, copy, { recursive: true });
    writeFileSync(join(copy, 'warm', '1.jpg'), await photo(tints.warm, 777));
    expectOneSentence(
      await selvedge(['reproduce', run('head'), '--data', copy]),
      /Of the run's pictures 1 cannot be found in .* or are decoded to other pixels, the first one warm\/1\.jpg/,
    );
    rmSync(copy, { recursive: true });
    const lines = readFileSync(join(run('head'), 'pictures.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const parts = lines.map((line) => JSON.parse(line).part);
    expect(['train', 'validation', 'test'].map((part) => parts.filter((one) => one === part).length)).toEqual([
      42, 9, 9,
    ]);
  });
});

describe('train --data --from --image-size auto', async () => {
  const options = ['--from', 'efficientnet-lite0', '--image-size', 'auto', '--threads', '2'];
  const { stdout } = await succeed(['train', '--data', photos, ...options, '--out', run('sized')]);
  const record = recordIn(run('sized'));

  it('tries 64, 96 and 128, takes the best on the validation photos, and says how good each was', () => {
    const { triedSizes, imageSize } = record.transfer!;
    expect(triedSizes!.map(({ side, images }) => [side, images])).toEqual([
      [64, 9],
      [96, 9],
      [128, 9],
    ]);
    const most = Math.max(...triedSizes!.map(({ accuracy }) => accuracy));
    expect(triedSizes!.find(({ side }) => side === imageSize)!.accuracy).toBe(most);
    expect(record.preprocessing.reshape).toEqual([imageSize, imageSize, 3]);
    expect(stdout).toMatch(
      /\nimage size +(64|96|128) \(accuracy on 9 validation images: 64: [\d.]+\s%, 96: [\d.]+\s%, 128: [\d.]+\s%\)\n/,
    );
    // Its features were computed when it was tried; mirrored and test photos are for the cross-validation.
    expect(stdout).toMatch(/each view counted: 27 computed, 93 from the cache\./);
    const page = readFileSync(join(run('sized'), 'index.html'), 'utf8');
    expect(page).toContain(`Pictures are resized to ${imageSize} × ${imageSize} pixels: of the sizes that were tried`);
    expect(page).toContain(`--image-size ${imageSize}`);
  });

  it('reproduce takes the size that was chosen', async () => {
    const again = await succeed(['reproduce', run('sized'), '--data', photos, '--threads', '1']);
    expect(again.stdout).toContain('same bits: the weights equal those of the run');
  });
});

describe('label-errors of photos', () => {
  it('judges every photo, the validation ones too, and names their files', async () => {
    const options = ['--network', 'small', '--epochs', '1', '--batch-size', '10', '--folds', '2', '--json'];
    const { stdout } = await succeed(['label-errors', '--data', photos, ...options, '--out', run('errors')]);
    expect(JSON.parse(stdout).images).toBe(51);
    const [header, first] = readFileSync(join(run('errors'), 'label-errors.csv'), 'utf8').split('\r\n');
    expect(header).toMatch(/^path,index,given,/);
    expect(first).toMatch(/^(cool|green|warm)\/\d+\.jpg,/);
  });
});

describe('bad input', () => {
  it.each([
    [['--image-size', 'auto'], /--image-size auto belongs to --from efficientnet-lite0; name a size/],
    [['--image-size', 'big'], /--image-size is 'big', but should be a whole number from 1 up, or auto/],
    [['--limit', '20'], /--limit would leave classes out; use --per-class/],
    [['--validation', '20'], /Of these pictures 9 are kept out for validation; leave --validation out/],
  ])('train --data photos %j is refused in one sentence', async (options, sentence) => {
    expectOneSentence(await selvedge(['train', '--data', photos, ...options, '--out', run('bad')]), sentence);
  });
});
