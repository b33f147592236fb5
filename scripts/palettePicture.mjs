// Writes docs/images/palette.svg after a build: for each name of the palette colours that are called so, from dark to light.
import { writeFileSync } from 'node:fs';
import { labOf } from '../dist/core/catalogue/tags/lab.js';
import { colourName, colourNames } from '../dist/core/catalogue/tags/palette.js';

const [step, swatches] = [15, 18];
const [size, left, line] = [34, 110, 40];

const byName = new Map(colourNames.map((name) => [name, []]));
for (let r = 0; r < 256; r += step) {
  for (let g = 0; g < 256; g += step) {
    for (let b = 0; b < 256; b += step) {
      const lab = labOf(r, g, b);
      byName.get(colourName(lab)).push({ rgb: `rgb(${r} ${g} ${b})`, lightness: lab[0] });
    }
  }
}
const [width, height] = [left + swatches * size, byName.size * line];
const rows = [...byName].map(([name, colours], row) => {
  colours.sort((one, other) => one.lightness - other.lightness);
  const shown = Array.from(
    { length: swatches },
    (_, i) => colours[Math.floor(((i + 0.5) * colours.length) / swatches)],
  );
  const squares = shown.map(
    ({ rgb }, i) => `<rect x="${left + i * size}" y="${row * line}" width="${size}" height="${size}" fill="${rgb}"/>`,
  );
  return `<text x="0" y="${row * line + 23}">${name}</text>${squares.join('')}`;
});
const style = 'text{font:16px system-ui,sans-serif;fill:#767676}';
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><title>Colours by the names of the palette</title><style>${style}</style>\n${rows.join('\n')}\n</svg>\n`;
writeFileSync(new URL('../docs/images/palette.svg', import.meta.url), svg);
