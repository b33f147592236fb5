// Draws photos of ten kinds of things: JPEGs of 800 × 600 pixels, 80 kB or more each, in a folder for each kind.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomSequence } from '../../dist/core/engine/random.js';

const [width, height] = [800, 600];
/** Of no stream that the program draws from. */
const stream = 0xf200_0000;

/** Shapes as SVG, around the origin, about 200 pixels wide; `a` and `b` are between 0 and 1. */
const things = {
  ball: (a) => `<circle r="${80 + 30 * a}"/>`,
  box: (a, b) => `<rect x="-90" y="-${60 + 40 * b}" width="180" height="${120 + 80 * a}"/>`,
  bottle: (a) => `<path d="M-20-120h40v${50 + 20 * a}q40 20 40 60v120h-120v-120q0-40 40-60z"/>`,
  cup: (a) =>
    `<path d="M-80-70h130v${110 + 30 * a}q-10 30-65 30t-65-30z"/><path d="M50-40q60 0 60 50t-60 50" fill="none" stroke-width="18"/>`,
  fork: () => `<path d="M-40-120v80q0 30 30 35v130h20v-130q30-5 30-35v-80h-12v70h-16v-70h-24v70h-16v-70z"/>`,
  hat: (a) =>
    `<path d="M-130 50h260q0 25-130 25t-130-25z"/><path d="M-70 50q0-${120 + 40 * a} 70-${120 + 40 * a}t70 ${120 + 40 * a}z"/>`,
  house: (a) => `<path d="M-90 0L0-${80 + 40 * a} 90 0v100h-180z"/>`,
  lamp: (a) =>
    `<path d="M-40-100h80l50 ${80 + 20 * a}h-180z"/><rect x="-8" y="-20" width="16" height="110"/><rect x="-50" y="85" width="100" height="14"/>`,
  star: () => `<path d="M0-110l30 75h80l-65 50 25 80-70-48-70 48 25-80-65-50h80z"/>`,
  tree: (a) =>
    `<rect x="-14" y="20" width="28" height="90"/><circle cy="-20" r="${60 + 20 * a}"/><circle cx="-45" cy="10" r="40"/><circle cx="45" cy="10" r="40"/>`,
};
export const kinds = Object.keys(things);

function photo(kind, index) {
  const { below } = randomSequence(index, stream, kinds.indexOf(kind));
  const share = () => below(1000) / 1000;
  const colour = (light) => `hsl(${below(360)} ${20 + below(60)}% ${light}%)`;
  const [dark, light] = [20 + below(30), 65 + below(25)];
  const place = `translate(${300 + below(200)} ${220 + below(160)}) rotate(${below(40) - 20}) scale(${(1 + share()).toFixed(2)})`;
  const ink = colour(dark);
  const clutter = Array.from({ length: below(6) }, () => {
    const [x, y, r] = [below(width), below(height), 5 + below(30)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour(light - 10)}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="g" x2="${share().toFixed(2)}" y2="1"><stop stop-color="${colour(light)}"/><stop offset="1" stop-color="${colour(light)}"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>${clutter.join('')}<g transform="${place}" fill="${ink}" stroke="${ink}">${things[kind](share(), share())}</g></svg>`;
  const noise = Buffer.alloc(width * height);
  let state = index * 10 + kinds.indexOf(kind) + 1;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise[i] = 64 + (state >>> 25);
  }
  const grain = { input: noise, raw: { width, height, channels: 1 }, blend: 'soft-light' };
  return sharp(Buffer.from(svg)).composite([grain]).jpeg({ quality: 94 }).toBuffer();
}

/** Writes `perKind` photos of each kind to `folder/<kind>/<index>.jpg`. */
export async function drawPhotos(folder, perKind) {
  const sizes = [];
  for (const kind of kinds) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (let index = 0; index < perKind; index++) {
      const bytes = await photo(kind, index);
      sizes.push(bytes.length);
      await writeFile(join(folder, kind, `${index}.jpg`), bytes);
    }
  }
  return { photos: sizes.length, smallest: Math.min(...sizes) };
}
