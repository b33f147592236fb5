import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decode, encode } from 'fast-png';
import { afterAll, describe, expect, it } from 'vitest';
import { preparePhoto } from '../../src/core/data/fitPicture.ts';
import { encodePng } from '../../src/core/formats/png.ts';
import { saveModel } from '../../src/node/models.ts';
import { colourModel, colourPhoto } from '../fixtures/colourModel.ts';
import { expectOneSentence, filesIn, photos, selvedge, subset, succeed, temporaryFolder, trained } from './selvedge.ts';

interface Answer {
  readonly file: string;
  readonly conversion: { readonly kind: string };
  readonly predictions: readonly { readonly label: number; readonly name: string; readonly probability: number }[];
}

describe('selvedge predict', async () => {
  const run = join(temporaryFolder(afterAll), 'run');
  const { dataset } = await trained(run, ['--data', subset, '--epochs', '3', '--batch-size', '50']);
  const photo = join(photos, '01-tshirt-shop.jpg');
  const converted = join(photos, 'expected/01-tshirt-shop.png');

  async function answers(...args: string[]): Promise<{ predictions: Answer[]; failed: { file: string }[] }> {
    return JSON.parse((await succeed(['predict', run, ...args, '--json'])).stdout);
  }

  it('names the three most probable classes, best first, with their probabilities', async () => {
    const { predictions, failed } = await answers(photo);
    expect(failed).toEqual([]);
    const [{ file, conversion, predictions: three }] = predictions as [Answer];
    expect({ file, kind: conversion.kind }).toEqual({ file: photo, kind: 'converted' });
    expect(three).toHaveLength(3);
    for (const { label, name } of three) expect(dataset.classNames[label]).toBe(name);
    const probabilities = three.map(({ probability }) => probability);
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
    expect(probabilities.reduce((a, b) => a + b)).toBeLessThanOrEqual(1);
  });

  it('takes 28×28 grey pictures as they are', async () => {
    const grey = join(temporaryFolder(), 'grey.png');
    const { data } = decode(readFileSync(converted));
    writeFileSync(grey, encode({ width: 28, height: 28, channels: 1, data }));
    const { predictions } = await answers(grey);
    expect(predictions[0]!.conversion.kind).toBe('as-is');
    // What the photo is converted to is within 2 grey levels of this picture.
    const [ofPhoto] = (await answers(photo)).predictions;
    expect(ofPhoto!.predictions[0]!.name).toBe(predictions[0]!.predictions[0]!.name);
    expect(ofPhoto!.predictions[0]!.probability).toBeCloseTo(predictions[0]!.predictions[0]!.probability, 1);
  });

  it('--tta averages over a picture and its mirror image, and reports the passes', async () => {
    const [answer] = (await answers(converted)).predictions;
    const { stdout } = await succeed(['predict', run, converted, '--tta', 'flip', '--json']);
    const { predictions, testTimeAugmentation } = JSON.parse(stdout);
    expect(testTimeAugmentation).toEqual({ transforms: ['flip'], passes: 2 });
    expect(predictions[0].conversion).toEqual(answer!.conversion);
    expect(predictions[0].predictions).not.toEqual(answer!.predictions);
    const mirrored = join(temporaryFolder(), 'mirrored.png');
    const { data } = decode(readFileSync(converted));
    const rows = Array.from({ length: 28 }, (_, h) => [...data.subarray(28 * h, 28 * h + 28)].reverse());
    writeFileSync(mirrored, encode({ width: 28, height: 28, channels: 1, data: Uint8Array.from(rows.flat()) }));
    const words = await succeed(['predict', run, mirrored, '--tta', 'flip']);
    const [best] = predictions[0].predictions;
    expect(words.stdout).toContain(`: ${best.name} ${(best.probability * 100).toFixed(1)} %`);
    expect(words.stdout).toMatch(/\n\(means over 2 passes of each image \(flip\)\)\n$/);
  });

  it('says it in words, a line for each picture', async () => {
    const { stdout, stderr } = await succeed(['predict', run, photo, converted]);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    const [answer] = (await answers(photo)).predictions;
    const words = answer!.predictions.map(({ name, probability }) => `${name} ${(probability * 100).toFixed(1)} %`);
    expect(lines[0]).toBe(`${photo}: ${words.join(', ')}`);
  });

  it('goes through a folder past a bad file and lists it', async () => {
    const folder = temporaryFolder();
    copyFileSync(photo, join(folder, 'a.jpg'));
    writeFileSync(join(folder, 'b.jpg'), 'no picture at all');
    writeFileSync(join(folder, 'c.jpg'), readFileSync(photo).subarray(0, 5000));
    writeFileSync(join(folder, 'notes.txt'), 'passed over');
    copyFileSync(converted, join(folder, 'd.png'));
    const { status, stdout, stderr } = await selvedge(['predict', run, folder]);
    expect(status).toBe(1);
    expect(stdout.match(/^.*: /gm)).toEqual([`${join(folder, 'a.jpg')}: `, `${join(folder, 'd.png')}: `]);
    const [summary, ...bad] = stderr.trimEnd().split('\n');
    expect(summary).toBe('2 of 4 pictures could not be used:');
    expect(bad).toEqual([expect.stringContaining('b.jpg is not a PNG'), expect.stringContaining('c.jpg is damaged')]);

    const asJson = await selvedge(['predict', run, folder, '--json']);
    expect(asJson.status).toBe(1);
    const { predictions, failed } = JSON.parse(asJson.stdout);
    expect(predictions.map(({ file }: Answer) => basename(file))).toEqual(['a.jpg', 'd.png']);
    expect(failed.map(({ file }: Answer) => basename(file))).toEqual(['b.jpg', 'c.jpg']);
  });

  it('writes a table with --csv', async () => {
    const folder = temporaryFolder();
    const odd = join(folder, 'a, "b".jpg');
    copyFileSync(photo, odd);
    const table = join(folder, 'names.csv');
    await succeed(['predict', run, odd, converted, '--csv', table]);
    const lines = readFileSync(table, 'utf8').split('\r\n');
    expect(lines[0]).toBe('file,class_1,probability_1,class_2,probability_2,class_3,probability_3');
    expect(lines[1]).toContain(`"${join(folder, 'a, ""b"".jpg')}",`);
    expect(lines[2]!.split(',')).toHaveLength(7);
    expect(lines.slice(3)).toEqual(['']);
  });

  it('shows each photo beside what the network saw with --show, namesakes apart', async () => {
    const folder = temporaryFolder();
    const show = join(folder, 'seen');
    const namesake = join(folder, '01-tshirt-shop.png');
    copyFileSync(converted, namesake);
    await succeed(['predict', run, photo, namesake, '--show', show]);
    expect(Object.keys(filesIn(show)).sort()).toEqual(['01-tshirt-shop-2.png', '01-tshirt-shop.png']);
    const { width, height } = decode(readFileSync(join(show, '01-tshirt-shop.png')));
    expect(width).toBeGreaterThan(height);
  });

  it.each([
    ['a file that is not a picture', join(subset, 'dataset.json'), /dataset\.json is not a PNG, JPEG or WebP picture/],
    ['a path that does not exist', join(photos, 'none.jpg'), /There is no file or folder .*none\.jpg/],
    ['a folder without pictures', subset, /has no picture/],
  ])('%s costs one sentence', async (_, path, sentence) => {
    expectOneSentence(await selvedge(['predict', run, path]), sentence);
  });
});

describe('selvedge predict with a model that takes photos whole, in colour', () => {
  const folder = temporaryFolder(afterAll);
  const photo = colourPhoto(150, 200, [20, 200, 40]);
  const file = join(folder, 'green.png');
  writeFileSync(file, encodePng(photo));

  async function saved(...given: Parameters<typeof colourModel>): Promise<string> {
    const path = join(temporaryFolder(), 'colour.safetensors');
    await saveModel(colourModel(...given), path);
    return path;
  }

  it('resizes it, says from which size, and names the class', async () => {
    const { predictions } = JSON.parse((await succeed(['predict', await saved(), file, '--json'])).stdout);
    expect(predictions[0].conversion).toEqual({ kind: 'resized', from: [150, 200] });
    expect(predictions[0].predictions[0].name).toBe('green');
    const negative = await saved({ photos: 'whole', negate: true });
    const { stdout } = await succeed(['predict', negative, file, '--json']);
    expect(JSON.parse(stdout).predictions[0].predictions[0].name).toBe('red');
  });

  it('an ensemble of such models does the same', async () => {
    const [first, run] = [await saved(), join(temporaryFolder(), 'both')];
    const other = colourModel();
    other.parameters[0]! += 0.01;
    const second = join(temporaryFolder(), 'second.safetensors');
    await saveModel(other, second);
    await succeed(['ensemble', first, second, '--out', run, '--no-data']);
    const { predictions } = JSON.parse((await succeed(['predict', run, file, '--json'])).stdout);
    expect(predictions[0].conversion).toEqual({ kind: 'resized', from: [150, 200] });
    expect(predictions[0].predictions[0].name).toBe('green');
  });

  it('--show draws the 32×32 input in colour, 8 pixels for each of its pixels', async () => {
    const show = join(temporaryFolder(), 'seen');
    const model = await saved();
    await succeed(['predict', model, file, '--show', show]);
    const sheet = decode(readFileSync(join(show, 'green.png')));
    const { image } = preparePhoto(photo, colourModel().preprocessing);
    const row = (y: number) => image.pixels.subarray(y * 32 * 3, (y + 1) * 32 * 3);
    const wide = Uint8Array.from({ length: 256 * 3 }, (_, i) => row(16)[Math.floor(i / 24) * 3 + (i % 3)]!);
    expect(sheet.channels).toBe(3);
    expect(Buffer.from(sheet.data as Uint8Array).includes(Buffer.from(wide))).toBe(true);
  });

  it('a model of 32×32×3 without photos in its preprocessing costs one sentence', async () => {
    const path = join(temporaryFolder(), 'plain.safetensors');
    const { preprocessing, ...model } = colourModel();
    await saveModel({ ...model, preprocessing: { ...preprocessing, pictures: undefined } }, path);
    expectOneSentence(await selvedge(['predict', path, file]), /takes pictures of \[32, 32, 3\], to which photos/);
  });
});
