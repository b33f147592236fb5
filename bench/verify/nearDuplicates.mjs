import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { imageAt } from '../../dist/core/data/images.js';
import { clustersOf } from '../../dist/core/data/pictures/clusters.js';
import { disjointSets } from '../../dist/core/data/pictures/disjointSets.js';
import { fingerprint, thumbnailSize } from '../../dist/core/data/pictures/fingerprint.js';
import { nearDuplicateClusters } from '../../dist/core/data/pictures/nearDuplicates.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { decodeImage } from '../../dist/node/images/decode.js';

const photos = new URL('../../test/fixtures/photos/', import.meta.url);
/** Narrower photos, in pixels, are left out. */
const leastWidth = 100;

const cut = (share) => (picture, width, height) =>
  picture.extract({
    left: Math.floor(width * share),
    top: Math.floor(height * share),
    width: Math.floor(width * (1 - 2 * share)),
    height: Math.floor(height * (1 - 2 * share)),
  });
const copies = {
  'JPEG, quality 75': (picture) => picture.jpeg({ quality: 75 }),
  'JPEG, quality 30': (picture) => picture.jpeg({ quality: 30 }),
  'half the size, JPEG': (picture, width) => picture.resize(width >> 1).jpeg({ quality: 85 }),
  'a third of the size, WebP': (picture, width) => picture.resize(Math.round(width / 3)).webp({ quality: 75 }),
  '1 % cut off at each side': cut(0.01),
  '2 % cut off at each side': cut(0.02),
  '3 % brighter': (picture) => picture.modulate({ brightness: 1.03 }),
  '10 % brighter': (picture) => picture.modulate({ brightness: 1.1 }),
  mirrored: (picture) => picture.flop(),
};
const required = Object.keys(copies).slice(0, 4);

function fingerprints(list) {
  const thumbnails = new Uint8Array(list.length * thumbnailSize);
  list.forEach(({ thumbnail }, i) => {
    thumbnails.set(thumbnail, i * thumbnailSize);
  });
  return { hashes: Uint32Array.from(list.flatMap(({ hash }) => hash)), thumbnails };
}

const ones = (word) => {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
};

/** Clusters by the hash alone, from all pairs. */
function byHash(hashes, most) {
  const sets = disjointSets(hashes.length / 2);
  for (let i = 0; i < hashes.length; i += 2) {
    for (let j = 0; j < i; j += 2) {
      const high = ones(hashes[i] ^ hashes[j]);
      if (high <= most && high + ones(hashes[i + 1] ^ hashes[j + 1]) <= most) sets.join(i / 2, j / 2);
    }
  }
  return Uint32Array.from({ length: hashes.length / 2 }, (_, i) => sets.find(i));
}

function inWords(clusters) {
  const found = clustersOf(clusters);
  const largest = Math.max(1, ...found.map(({ length }) => length));
  return { largest, words: `${found.flat().length} pictures in clusters, the largest has ${largest}` };
}

async function recognised() {
  const counts = Object.fromEntries(Object.keys(copies).map((name) => [name, 0]));
  let total = 0;
  for (const file of readdirSync(photos).filter((name) => /\.(jpg|png)$/.test(name))) {
    const image = await decodeImage(readFileSync(new URL(file, photos)), file);
    const { pixels, width, height, channels } = image;
    if (width < leastWidth) continue;
    total += 1;
    const png = await sharp(pixels, { raw: { width, height, channels } })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .png()
      .toBuffer();
    for (const [name, change] of Object.entries(copies)) {
      const copy = await decodeImage(await change(sharp(png), width, height).toBuffer(), name);
      const [, cluster] = nearDuplicateClusters(fingerprints([fingerprint(image), fingerprint(copy)]));
      if (cluster === 0) counts[name] += 1;
    }
  }
  return { counts, total };
}

export const nearDuplicates = {
  promise:
    'copies of the committed photos that were saved again or made smaller: at least 20 of 21 recognised of each kind; of 20,000 pictures of Fashion-MNIST no cluster above 20',
  async measure({ quick }) {
    const { counts, total } = await recognised();
    const { train } = await loadDataset({});
    const list = [];
    for (let i = 0; i < (quick ? 2000 : 20_000); i++) list.push(fingerprint(await imageAt(train, i)));
    const prints = fingerprints(list);
    const both = inWords(nearDuplicateClusters(prints));
    const fewest = Math.min(...required.map((name) => counts[name]));
    return {
      figure: `at least ${fewest} of ${total} copies; largest cluster of ${list.length}: ${both.largest}`,
      passes: total === 21 && fewest >= 20 && both.largest <= 20,
      details: [
        ...Object.entries(counts).map(([name, count]) => `${name}: ${count} of ${total}`),
        `hash and thumbnail: ${both.words}`,
        ...[4, 7].map((most) => `hash alone, at most ${most} bits: ${inWords(byHash(prints.hashes, most)).words}`),
      ],
    };
  },
};
