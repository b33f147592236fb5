import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { convertPhoto } from '../../core/data/convertPhoto.ts';
import { decodeImage } from './decode.ts';
import { sideBySide } from './sideBySide.ts';

const folder = fileURLToPath(new URL('../../../test/fixtures/photos/', import.meta.url));

test.each(['26-tshirt-drawn-striped.jpg', '19-pullover-grey.png', '22-bag-small.png'])(
  'draws %s beside the network input, ten pixels for each of its pixels',
  async (name) => {
    const photo = await decodeImage(readFileSync(folder + name), name);
    const { image: seen } = convertPhoto(photo);
    const sheet = await decodeImage(await sideBySide(photo, seen, ['Bag 98 %']), 'the sheet');

    expect(sheet.channels).toBe(photo.channels);
    expect(sheet.width).toBeGreaterThan(2 * 280);
    expect(sheet.height).toBeGreaterThan(280);
    expect(holdsEnlarged(sheet, seen)).toBe(true);
  },
);

/** Looks for the 280×280 square whose pixels are the small picture's, each ten times over. */
function holdsEnlarged(
  sheet: { pixels: Uint8Array; width: number; height: number; channels: number },
  seen: { pixels: Uint8Array },
): boolean {
  const at = (x: number, y: number) => sheet.pixels[(y * sheet.width + x) * sheet.channels];
  const matches = (left: number, top: number) =>
    seen.pixels.every((value, i) => {
      const x = left + (i % 28) * 10;
      const y = top + Math.floor(i / 28) * 10;
      return at(x, y) === value && at(x + 9, y + 9) === value;
    });
  for (let top = 0; top + 280 <= sheet.height; top++) {
    for (let left = 280; left + 280 <= sheet.width; left++) if (matches(left, top)) return true;
  }
  return false;
}
