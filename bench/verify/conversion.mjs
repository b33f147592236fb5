import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertPhoto } from '../../dist/core/data/convertPhoto.js';
import { decodeImage } from '../../dist/node/images/decode.js';
import { mean, root } from './selvedge.mjs';

const folder = join(root, 'test/fixtures/photos');
const pictures = 30;
const bar = 2;
const mostSeconds = 1;

/** A dark garment on a light background, of 12 million pixels. */
function largePhoto() {
  const photo = { pixels: new Uint8Array(4000 * 3000 * 3).fill(253), height: 3000, width: 4000, channels: 3 };
  for (let y = 900; y < 2000; y++) photo.pixels.fill(40, (y * 4000 + 1000) * 3, (y * 4000 + 3000) * 3);
  return photo;
}

/** How far each picture's conversion is from ImageMagick's, in grey levels, and how long a large photo's takes. */
export const conversion = {
  promise: `photos convert within ${bar} grey levels of ImageMagick's on ${pictures} pictures; 12 million pixels take less than ${mostSeconds} s`,
  async measure() {
    const names = readdirSync(folder).filter((name) => /\.(png|jpg)$/.test(name));
    const differences = [];
    for (const name of names) {
      const { image } = convertPhoto(await decodeImage(readFileSync(join(folder, name)), name));
      const stem = name.slice(0, name.lastIndexOf('.'));
      const expected = await decodeImage(readFileSync(join(folder, 'expected', `${stem}.png`)), stem);
      differences.push(...image.pixels.map((value, i) => Math.abs(value - expected.pixels[i])));
    }
    const largest = Math.max(...differences);
    const photo = largePhoto();
    const began = performance.now();
    convertPhoto(photo);
    const seconds = (performance.now() - began) / 1000;
    return {
      figure: `at most ${largest} levels, ${mean(differences).toFixed(4)} on average, over ${names.length} pictures; 12 million pixels in ${seconds.toFixed(2)} s`,
      passes: names.length === pictures && largest <= bar && seconds < mostSeconds,
    };
  },
};
