// Draws photos of garments of a known colour: JPEGs or PNGs of 240 × 320 pixels or so, on varied backgrounds.
import sharp from 'sharp';
import { labOf, squaredDistance } from '../../dist/core/catalogue/tags/lab.js';
import { randomSequence } from '../../dist/core/engine/random.js';

/** Of no stream that the program draws from. */
const stream = 0xf300_0000;
const [width, height] = [240, 320];

/** Outlines as SVG in a box of 100 × 100: the garment, and parts of it that may have a second colour. */
const shapes = {
  shirt: ['M35 8q15 10 30 0l27 16-10 22-12-6v52h-40v-52l-12 6-10-22z', '<rect x="40" y="40" width="20" height="20"/>'],
  pullover: [
    'M36 8q14 8 28 0l16 8 16 58-12 4-12-34v48h-44v-48l-12 34-12-4 16-58z',
    '<rect x="28" y="84" width="44" height="8"/>',
  ],
  dress: ['M38 6l4 12h16l4-12 6 2-2 30 18 54h-68l18-54-2-30z', '<rect x="34" y="36" width="32" height="7"/>'],
  trousers: ['M30 5h40l8 90h-20l-8-58-8 58h-20z', '<rect x="30" y="5" width="40" height="7"/>'],
  coat: [
    'M36 5l14 8 14-8 22 14 8 54-12 2-8-32v52h-48v-52l-8 32-12-2 8-54z',
    '<rect x="48" y="14" width="4" height="80"/>',
  ],
  bag: [
    'M10 40h80v50q0 5-5 5h-70q-5 0-5-5zM30 40q0-34 20-34t20 34h-6q0-27-14-27t-14 27z',
    '<rect x="40" y="50" width="20" height="10"/>',
  ],
  sneaker: ['M6 40l18 4q10 10 24-2l20 20q22 4 26 16v10h-88z', '<rect x="6" y="80" width="88" height="8"/>'],
};

const rgbOf = (hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
const css = (rgb) => `rgb(${rgb.join(' ')})`;
const clamp = (value) => Math.min(255, Math.max(0, Math.round(value)));
const distance = (one, other) => Math.sqrt(squaredDistance(labOf(...one), labOf(...other)));

/** Colours of the background are at least this far from the garment's, unless the background is the plain white of a shop. */
const leastContrast = 20;

/**
 * The photo number `index` of a seed, with the garment in the given colour.
 * @returns {Promise<{ bytes: Buffer, about: { shape: string, background: string } }>}
 */
export async function drawnGarment(hex, seed, index) {
  const { below } = randomSequence(seed, stream, index);
  const share = () => below(10_000) / 10_000;
  const between = (low, high) => low + (high - low) * share();
  const pick = (list) => list[below(list.length)];
  const jitter = (rgb, by) => rgb.map((value) => clamp(value + between(-by, by)));
  const garment = jitter(rgbOf(hex), 6);

  const backgrounds = ['white', 'white', 'light', 'gradient', 'coloured', 'textured'];
  const background = pick(backgrounds);
  const far = (make) => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const rgb = make();
      if (distance(rgb, garment) >= leastContrast) return rgb;
    }
    return distance([255, 255, 255], garment) > 50 ? [255, 255, 255] : [128, 128, 128];
  };
  const light = () => jitter([235, 235, 235], 14);
  const any = () => [below(256), below(256), below(256)];
  const ground = background === 'white' ? jitter([252, 252, 252], 3) : far(background === 'coloured' ? any : light);
  const ground2 = background === 'gradient' ? far(() => jitter(ground, 40)) : ground;

  const shape = pick(Object.keys(shapes));
  const [outline, part] = shapes[shape];
  const scale = between(1.5, 2.2);
  const place = `translate(${width / 2 + between(-12, 12)} ${height / 2 + between(-15, 15)}) rotate(${between(-12, 12)}) scale(${scale * between(0.9, 1.1)} ${scale * between(1, 1.25)}) translate(-50 -50)`;
  const second = below(3) === 0 ? css(any()) : css(garment);
  const hasShadow = below(2) === 0;
  const shadow = hasShadow
    ? `<g transform="translate(${between(-6, 6)} ${between(3, 8)}) ${place}"><path d="${outline}" fill="black" fill-opacity="${between(0.1, 0.3)}" filter="url(#soft)"/></g>`
    : '';
  const folds = Array.from({ length: 3 + below(5) }, () => {
    const [x, y, dx, dy] = [between(15, 85), between(10, 60), between(-12, 12), between(15, 40)];
    const tone = below(2) === 0 ? 'black' : 'white';
    return `<path d="M${x} ${y}q${dx} ${dy / 2} ${dx / 2} ${dy}" fill="none" stroke="${tone}" stroke-opacity="${between(0.05, 0.2)}" stroke-width="${between(1, 4)}" filter="url(#fold)"/>`;
  }).join('');
  const shade = between(0.05, 0.22);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>
<linearGradient id="g" x2="${share()}" y2="1"><stop stop-color="${css(ground)}"/><stop offset="1" stop-color="${css(ground2)}"/></linearGradient>
<linearGradient id="dark" x2="${share()}" y2="${share()}"><stop offset=".5" stop-color="black" stop-opacity="0"/><stop offset="1" stop-color="black" stop-opacity="${shade}"/></linearGradient>
<linearGradient id="lit" x2="${share()}" y2="${share()}"><stop stop-color="white" stop-opacity="${shade * 0.7}"/><stop offset=".5" stop-color="white" stop-opacity="0"/></linearGradient>
<filter id="soft"><feGaussianBlur stdDeviation="3"/></filter><filter id="fold"><feGaussianBlur stdDeviation="1"/></filter>
<clipPath id="cut"><path d="${outline}"/></clipPath></defs>
<rect width="100%" height="100%" fill="url(#g)"/>${shadow}
<g transform="${place}"><path d="${outline}" fill="${css(garment)}"/><g clip-path="url(#cut)"><g fill="${second}">${part}</g>${folds}<path d="${outline}" fill="url(#dark)"/><path d="${outline}" fill="url(#lit)"/></g></g></svg>`;

  const { data } = await sharp(Buffer.from(svg)).flatten().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const grain = between(0, 5);
  const weave = background === 'textured' ? between(4, 14) : 0;
  const period = 3 + below(6);
  const mask =
    weave > 0
      ? await sharp(Buffer.from(svg.replace(/<rect width="100%"[^>]*>/, '')))
          .ensureAlpha()
          .raw()
          .toBuffer()
      : null;
  const balance = [0, 1, 2].map(() => between(0.98, 1.02));
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const isGround = mask !== null && mask[pixel * 4 + 3] < 128;
    const cloth = isGround ? ((Math.floor(x / period) + Math.floor(y / period)) % 2 === 0 ? weave : -weave) : 0;
    const noise = (between(-1, 1) + between(-1, 1)) * grain;
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = clamp(data[pixel * 3 + c] * balance[c] + cloth + noise);
  }
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  const quality = 50 + below(46);
  const bytes = await (below(5) === 0 ? picture.png() : picture.jpeg({ quality })).toBuffer();
  return { bytes, about: { shape, background } };
}
