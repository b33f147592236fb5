import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { convertPhoto } from '../../core/data/convertPhoto.ts';
import { decodeImage } from './decode.ts';

const folder = fileURLToPath(new URL('../../../test/fixtures/photos/', import.meta.url));
const photos = readdirSync(folder).filter((name) => /\.(png|jpg)$/.test(name));

async function differencesOf(name: string): Promise<number[]> {
  const { image } = convertPhoto(await decodeImage(readFileSync(folder + name), name));
  const stem = name.slice(0, name.lastIndexOf('.'));
  const expected = await decodeImage(readFileSync(`${folder}expected/${stem}.png`), stem);
  expect([image.height, image.width, image.channels]).toEqual([28, 28, 1]);
  return Array.from(expected.pixels, (value, i) => Math.abs(value - image.pixels[i]!));
}

test.each(photos)("%s converts within 2 grey levels of ImageMagick's", async (name) => {
  expect(Math.max(...(await differencesOf(name)))).toBeLessThanOrEqual(2);
});

test("30 pictures differ from ImageMagick's by less than 0.01 grey levels on average", async () => {
  const differences = (await Promise.all(photos.map(differencesOf))).flat();
  expect(differences).toHaveLength(30 * 28 * 28);
  expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(0.01);
});
