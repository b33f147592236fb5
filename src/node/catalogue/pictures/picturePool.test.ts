import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawn, writePictures } from '../../../../test/fixtures/pictures.ts';
import { dominantColours } from '../../../core/catalogue/tags/dominantColours.ts';
import { type PhotoTarget, preparePhoto } from '../../../core/data/fitPicture.ts';
import { openPicturePool, type PicturePool } from './picturePool.ts';
import { type CataloguePicture, preparePictures } from './pictureTask.ts';
import { preparePicture } from './preparePicture.ts';

let pool: PicturePool;
let root: string;
let bytes: Uint8Array;
const whole: PhotoTarget = { reshape: [32, 32, 3], pictures: { photos: 'whole', negate: false } };
const garment: PhotoTarget = { reshape: [28, 28, 1] };

beforeAll(async () => {
  pool = openPicturePool(2);
  root = mkdtempSync(join(tmpdir(), 'selvedge-pool-'));
  await writePictures(join(root, 'feed'), { 'a.png': { number: 1 }, 'b.jpg': { number: 2, width: 400, height: 300 } });
  writeFileSync(join(root, 'secret.png'), await drawn({ number: 3 }).png().toBuffer());
  symlinkSync('../secret.png', join(root, 'feed/link.png'));
  bytes = new Uint8Array(await drawn({ number: 4, width: 400, height: 300 }).jpeg().toBuffer());
});
afterAll(async () => {
  await pool.close();
  rmSync(root, { recursive: true });
});

test('a thread returns what the same code returns here, and the input that the model takes', async () => {
  const [prepared] = (await pool.prepare({ pictures: [{ name: 'b', bytes }], target: whole })) as CataloguePicture[];
  const { pixels, small, ...kept } = await preparePicture(bytes, 'b');
  const { colours } = dominantColours(small);
  expect(prepared).toEqual({ ...kept, colours, input: { ...preparePhoto(pixels, whole), fitted: null } });
  expect(bytes.length).toBeGreaterThan(0);
});

test('a picture that is its own thumbnail is one array on both sides of the thread', async () => {
  const tiny = new Uint8Array(await drawn({ number: 5, width: 28, height: 28, grey: true }).png().toBuffer());
  const [prepared] = (await pool.prepare({ pictures: [{ name: 'tiny', bytes: tiny }] })) as CataloguePicture[];
  expect(prepared!.thumbnail).toBe(prepared!.original);
  expect(prepared!.input).toBeNull();
});

test('each picture of a task has its own outcome, in order: files inside the folder, none outside', async () => {
  const folder = join(root, 'feed');
  const outcomes = await pool.prepare({
    pictures: [
      { folder, path: 'a.png' },
      { folder, path: '../secret.png' },
      { folder, path: 'link.png' },
      { folder, path: 'none.png' },
      { name: 'page', bytes: new TextEncoder().encode('<html>') },
      { folder, path: 'b.jpg' },
    ],
    target: whole,
  });
  expect(outcomes).toMatchObject([
    { width: 72, height: 64 },
    { reason: "../secret.png leads out of the feed's folder: use a path below it." },
    { reason: "link.png leads out of the feed's folder: use a path below it." },
    { reason: 'none.png does not exist.' },
    { reason: 'page is not a PNG, JPEG or WebP picture: convert it to one of these first.' },
    { width: 400, height: 300, input: { image: { height: 32, width: 32, channels: 3 } } },
  ]);
});

test('a photo without a garment is kept, and the reason stands in place of the input', async () => {
  const blank = await drawn({ number: 6 }).linear(0, 255).png().toBuffer();
  const [prepared] = await preparePictures({ pictures: [{ name: 'blank', bytes: blank }], target: garment });
  expect(prepared).toMatchObject({
    width: 72,
    input: { reason: expect.stringMatching(/leaves nothing of blank: .*\.$/) },
  });
});

test('a thread that fails is an error of its own', async () => {
  const broken = openPicturePool(1);
  const task = { pictures: [null] } as never;
  await expect(broken.prepare(task)).rejects.toMatchObject({
    code: 'worker-failed',
    message: expect.stringMatching(/^A thread that prepares pictures failed \(.*\); try again\.$/),
  });
  await broken.close();
});
