import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { preparePhoto } from '../../src/core/data/fitPicture.ts';
import { encodePng } from '../../src/core/formats/png.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import type { InspectionRecord } from '../../src/core/inspection/record.ts';
import { saveModel } from '../../src/node/models.ts';
import { colourModel, colourPhoto } from '../fixtures/colourModel.ts';
import {
  expectOneSentence,
  photos,
  recordIn,
  selvedge,
  startSelvedge,
  subset,
  succeed,
  temporaryFolder,
  trained,
} from './selvedge.ts';

const withConvolution = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 4, kernelSize: 3, strides: 2, activation: 'relu' },
  { type: 'maxPooling2d' },
  { type: 'flatten' },
  { type: 'dense', units: 12, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const denseOnly = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'flatten' },
  { type: 'dense', units: 12, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

const inspectionIn = (folder: string): InspectionRecord =>
  JSON.parse(readFileSync(join(folder, 'inspection.json'), 'utf8'));

async function trainedAs(name: string, layers: readonly object[], folder: string, ...more: string[]): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const network = join(folder, `${name}.json`);
  writeFileSync(network, JSON.stringify(layers));
  const run = join(folder, name);
  const options = ['--data', subset, '--epochs', '3', '--batch-size', '40', '--network', network, '--seed', '5'];
  await trained(run, [...options, ...more]);
  return run;
}

describe('selvedge inspect', async () => {
  const folder = temporaryFolder(afterAll);
  const run = await trainedAs('convolutional', withConvolution, folder);
  const photo = join(photos, '01-tshirt-shop.jpg');

  it('ends with status 130 at Ctrl-C, and leaves no folder', async () => {
    const out = join(temporaryFolder(), 'report');
    const { child, ended } = startSelvedge(['inspect', run, '--data', subset, '--out', out]);
    await vi.waitFor(() => expect(existsSync(out)).toBe(true), { timeout: 30_000 });
    child.kill('SIGINT');
    const { status, signal, stderr } = await ended;
    expect({ status, signal }).toEqual({ status: 130, signal: null });
    expect(stderr).toContain('Stopped; no report was written.');
    expect(existsSync(out)).toBe(false);
  });

  it('writes the page, every number, and the pictures, and ends with the verdicts and where to look', async () => {
    const { stdout } = await succeed(['inspect', run, '--quick', '--data', subset, '--images', '3,17', photo]);
    const out = join(run, 'inspection');
    expect(stdout).toContain('Inspected 3 images');
    expect(stdout.match(/^(supported|mixed|not supported|not measured) {2,}\S.*\.$/gm)).toHaveLength(6);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`report         ${join(out, 'index.html')}`);
    expect(readdirSync(out).sort()).toEqual(['index.html', 'inspection.json', 'pictures']);

    const record = inspectionIn(out);
    expect(record).toMatchObject({
      format: 'selvedge-inspection',
      version: 1,
      model: { file: join(run, 'model.safetensors'), weightsSha256: recordIn(run).weightsSha256 },
      dataset: { testImages: 200, testAccuracy: recordIn(run).testAccuracy },
      control: { seed: 5, own: true },
      quick: true,
      leftOut: [],
    });
    expect(record.images.map(({ source }) => source)).toEqual([
      { kind: 'test', index: 3, label: expect.any(Number) },
      { kind: 'test', index: 17, label: expect.any(Number) },
      { kind: 'file', name: '01-tshirt-shop.jpg', conversion: expect.stringContaining('cropped to the garment') },
    ]);
    expect(record.layers.map(({ layer }) => layer)).toEqual([
      ...['input', 'conv2d_1', 'relu_1', 'maxPooling2d_1', 'dense_1', 'relu_2', 'dense_2', 'softmax_1'],
    ]);
    expect(record.explanations.map(({ maps }) => maps.length)).toEqual([9, 9, 9]);
    expect(readFileSync(join(out, 'inspection.json'), 'utf8')).not.toMatch(/NaN|Infinity/);
    expect(record.overview?.layers.map(({ position, layer }) => `${position} ${layer}`)).toEqual([
      'first relu_1',
      'middle maxPooling2d_1',
      'last relu_2',
    ]);
    expect(record.kernels.map(({ layer, filters }) => [layer, filters.length])).toEqual([['conv2d_1', 4]]);
    expect(record.images[0]!.layers.at(-1)!.values).toEqual(record.images[0]!.probabilities);

    const pictures = readdirSync(join(out, 'pictures'));
    expect(pictures).toContain('test-3-maps-02-relu_1.png');
    expect(pictures).toContain('file-3-01-tshirt-shop-why-gradCam-conv2d_1.png');
    expect(pictures).toContain('filters-conv2d_1.png');
    const { width, height } = decode(readFileSync(join(out, 'pictures/test-17.png')));
    expect({ width, height }).toEqual({ width: 28, height: 28 });
  });

  it('works on files without a data set, and says what it left out and why', async () => {
    const out = join(temporaryFolder(), 'report');
    const { stdout } = await succeed([
      'inspect',
      run,
      '--no-data',
      '--quick',
      '--images',
      photo,
      '--out',
      out,
      '--json',
    ]);
    const { models } = JSON.parse(stdout);
    expect(models).toEqual([
      expect.objectContaining({
        model: run,
        dataset: null,
        files: expect.objectContaining({ page: join(out, 'index.html') }),
      }),
    ]);
    const { leftOut, claims, layers, images, explanations } = inspectionIn(out);
    expect(leftOut.map(({ part }) => part)).toEqual(['maps', 'removal', 'layers', 'claims']);
    for (const { why } of leftOut) expect(why).toContain('--no-data');
    const verdicts = Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts).toMatchObject({ closeness: 'not measured', classes: 'not measured' });
    expect(verdicts['edges']).not.toBe('not measured');
    expect({ layers, pictures: images.length, explained: explanations.length }).toEqual({
      ...{ layers: [], pictures: 1, explained: 1 },
    });
    expect(readdirSync(join(out, 'pictures'))).toContain('file-1-01-tshirt-shop.png');
    // A second report in the same folder leaves no picture of the first.
    const other = join(photos, '02-trouser-shop.jpg');
    await succeed(['inspect', run, '--no-data', '--quick', '--images', other, '--out', out]);
    expect(readdirSync(join(out, 'pictures')).filter((name) => name.startsWith('file-1-01'))).toEqual([]);
  });

  it.each<[string, () => string[], RegExp]>([
    ['an index out of range', () => [run, '--images', '3,200'], /no test image 200; those of .* from 0 to 199/],
    [
      'an image that fails to decode',
      () => {
        const broken = join(temporaryFolder(), 'broken.png');
        writeFileSync(broken, readFileSync(photo).subarray(0, 3000));
        return [run, '--images', broken];
      },
      /broken\.png is damaged/,
    ],
    ['a file that is none', () => [run, '--images', 'none.png'], /There is no file or folder none\.png/],
    ['too many images', () => [run, '--images', Array.from({ length: 41 }, (_, i) => i).join(',')], /at most 40/],
    ['no model', () => [], /no model to inspect/],
    ['a model that is none', () => [join(run, 'none')], /There is no model at/],
    ["a page that is no report's", () => [run, '--out', run], /contains an index\.html that is not an inspection's/],
    ['a model and more models', () => [run, '--models', run], /--models too, or omit --models/],
    ['one folder for two reports', () => ['--models', run, folder, '--out', 'x'], /--out names one folder/],
  ])('%s costs one sentence', async (_, args, sentence) => {
    expectOneSentence(await selvedge(['inspect', ...args(), '--quick', '--data', subset]), sentence);
  });

  it('needs a test set for test images', async () => {
    expectOneSentence(
      await selvedge(['inspect', run, '--no-data', '--images', '3']),
      /Test image 3 cannot be inspected, since no test set is available: The option --no-data was given/,
    );
    expectOneSentence(await selvedge(['inspect', run, '--no-data']), /No test set is available.*--images/);
  });
});

describe('a model without convolutions', async () => {
  const folder = temporaryFolder(afterAll);
  const run = await trainedAs('dense', denseOnly, folder, '--inspect');

  it('is inspected after training, the run’s page links to the report, and what needs convolutions says why', () => {
    expect(readFileSync(join(run, 'index.html'), 'utf8')).toContain('href="inspection/index.html"');
    const out = join(run, 'inspection');
    expect(existsSync(join(out, 'index.html'))).toBe(true);
    const { leftOut, claims, explanations, quick } = inspectionIn(out);
    expect(quick).toBe(false);
    expect(leftOut).toEqual([
      { part: 'filters', why: expect.stringContaining('no convolution') },
      { part: 'attribution', why: expect.stringContaining('this network has none') },
    ]);
    expect(claims.at(-1)).toMatchObject({ id: 'edges', verdict: 'not measured' });
    for (const { maps } of explanations) expect(maps.map(({ method }) => method)).not.toContain('gradCam');
  });

  it('several models: a report each, and the verdicts together', async () => {
    const other = await trainedAs('other', denseOnly, folder);
    const { stdout } = await succeed(['inspect', '--models', run, other, '--quick', '--data', subset, '--images', '1']);
    expect(stdout).toMatch(/All models:\n(.*\n {4}.* in [12] of 2.*\n){6}/);
    const { format, models, claims } = JSON.parse(readFileSync(join(run, 'inspection/claims.json'), 'utf8'));
    expect({ format, models }).toEqual({ format: 'selvedge-claims', models: [run, other] });
    expect(claims).toHaveLength(6);
    expect(readFileSync(join(run, 'inspection/index.html'), 'utf8')).toContain(other);
    expect(inspectionIn(join(run, 'inspection')).joint).toEqual(claims);
    expect(existsSync(join(other, 'inspection/index.html'))).toBe(true);
  });
});

describe('a model that takes photos whole, in colour', async () => {
  const folder = temporaryFolder(afterAll);
  const model = join(folder, 'colour.safetensors');
  const photo = join(folder, 'green.png');
  const green = colourPhoto(60, 90, [20, 200, 40]);
  writeFileSync(photo, encodePng(green));
  // Names of the data set's classes, of which it tells three apart.
  const classNames = ['T-shirt/top', 'Trouser', 'Pullover'];
  const { network } = colourModel();
  await saveModel({ ...colourModel(), classNames, parameters: initialParameters(network, 3) }, model);

  it('is inspected on resized photos and on the resized data set, in colour, at the layers that --layers names', async () => {
    const out = join(folder, 'report');
    const layers = ['--layers', 'relu_1,features'];
    await succeed(['inspect', model, '--data', subset, '--quick', '--images', photo, '3', ...layers, '--out', out]);
    const record = inspectionIn(out);
    expect(record.chosen).toMatchObject({ given: ['relu_1', 'features'], explained: ['conv'] });
    expect(record.layers.map(({ layer }) => layer)).toEqual(['input', 'relu_1', 'features', 'softmax_1']);
    expect(record.images[0]!.source).toMatchObject({ conversion: 'photo resized from 90×60 to 32×32' });
    const evaluated = JSON.parse((await succeed(['evaluate', model, '--data', subset, '--json'])).stdout);
    expect(record.dataset!.testAccuracy).toBeCloseTo(evaluated.accuracy, 5);
    const { image } = preparePhoto(green, colourModel().preprocessing);
    const drawn = decode(readFileSync(join(out, 'pictures', 'file-1-green.png')));
    expect([drawn.width, drawn.height, drawn.channels]).toEqual([32, 32, 3]);
    expect(Buffer.from(drawn.data as Uint8Array)).toEqual(Buffer.from(image.pixels));
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('--layers relu_1,features');
  });

  it('a layer that is not there costs one sentence', async () => {
    const args = [
      'inspect',
      model,
      '--no-data',
      '--images',
      photo,
      '--layers',
      'relv_1',
      '--out',
      join(folder, 'none'),
    ];
    expectOneSentence(await selvedge(args), /no layer relv_1 to inspect \(did you mean relu_1\?\)/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
