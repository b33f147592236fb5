// Sends test pictures out as product photos and back through the conversion of photos. README.md beside it says how.
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { convertPhoto } from '../../dist/core/data/convertPhoto.js';
import { imagesInMemory } from '../../dist/core/data/images.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { decodeImage } from '../../dist/node/images/decode.js';

const edge = 28;
const area = edge * edge;
const shop = { width: 762, height: 1000, paper: 253, quality: 90 };

/** One 28×28 picture as the product photo it might come from. */
async function asProductPhoto(pixels) {
  const { width, height, paper, quality } = shop;
  const printed = Uint8Array.from(pixels, (value) => Math.round(((255 - value) * paper) / 255));
  const top = Math.floor((height - width) / 2);
  return sharp(printed, { raw: { width: edge, height: edge, channels: 1 } })
    .resize({ width, height: width, kernel: 'cubic' })
    .extend({ top, bottom: height - width - top, background: { r: paper, g: paper, b: paper } })
    .jpeg({ quality })
    .toBuffer();
}

/**
 * Sends labelled 28×28 grey pictures through, two at a time. One that the conversion refuses comes back black.
 *
 * @returns `returned`, the same set with the pictures that came back; `differences`, each picture's mean absolute
 *   difference in grey levels; `fillsTheFrame`, how many had the frame's full width or height; and who was `refused`.
 */
export async function roundTrip(set) {
  const returned = imagesInMemory(new Uint8Array(set.images.length), set.labels, set);
  const differences = new Array(set.count);
  const refused = [];
  let fillsTheFrame = 0;
  let next = 0;
  const traveller = async () => {
    for (let i = next++; i < set.count; i = next++) {
      const before = set.images.subarray(i * area, (i + 1) * area);
      const after = returned.images.subarray(i * area, (i + 1) * area);
      const name = `test picture ${i}`;
      try {
        const { image, done } = convertPhoto(await decodeImage(await asProductPhoto(before), name), { name });
        after.set(image.pixels);
        const { averagedTo, trimmedTo } = done;
        // The picture was laid over the photo's whole width, so that is how much a full frame covers.
        if (Math.max(trimmedTo.width, trimmedTo.height) === averagedTo.width) fillsTheFrame++;
      } catch (failure) {
        refused.push(failure.message);
      }
      differences[i] = before.reduce((sum, value, k) => sum + Math.abs(value - after[k]), 0) / area;
    }
  };
  await Promise.all([traveller(), traveller()]);
  return { returned, differences, fillsTheFrame, refused };
}

async function main() {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, count: { type: 'string', default: '1000' }, model: { type: 'string' } },
  });
  const { test } = await loadDataset(values.data === undefined ? {} : { folder: values.data });
  const count = Number(values.count);
  const direct = imagesInMemory(test.images.subarray(0, count * area), test.labels.subarray(0, count), test);
  const { returned, differences, fillsTheFrame, refused } = await roundTrip(direct);
  const sorted = differences.toSorted((a, b) => a - b);
  const figures = {
    pictures: direct.count,
    refused: refused.length,
    fillsTheFrame,
    meanAbsoluteDifference: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    medianPicture: sorted[Math.floor(sorted.length / 2)],
    worstPicture: sorted.at(-1),
  };
  if (values.model !== undefined) {
    const { evaluate, loadModel } = await import('../../dist/node/index.js');
    const model = await loadModel(values.model);
    figures.directAccuracy = (await evaluate(model, direct)).accuracy;
    figures.returnedAccuracy = (await evaluate(model, returned)).accuracy;
  }
  console.log(JSON.stringify(figures, undefined, 2));
}

if (import.meta.filename === process.argv[1]) await main();
