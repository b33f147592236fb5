import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertPhoto } from '../../dist/core/data/convertPhoto.js';
import { decodeImage } from '../../dist/node/images/decode.js';
import { mean, root } from './selvedge.mjs';

const folder = join(root, 'test/fixtures/photos');
const pictures = 30;
const bar = 2;

/** How far each picture's conversion is from ImageMagick's, in grey levels. */
export const conversion = {
  promise: `photos convert within ${bar} grey levels of ImageMagick's on ${pictures} pictures`,
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
    return {
      figure: `at most ${largest} levels, ${mean(differences).toFixed(4)} on average, over ${names.length} pictures`,
      passes: names.length === pictures && largest <= bar,
    };
  },
};
