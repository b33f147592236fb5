import { dominantColours } from '../../dist/core/catalogue/tags/dominantColours.js';
import { decodeImage } from '../../dist/node/images/decode.js';
import { drawnGarment } from './drawnGarments.mjs';
import { cssColours, surveyColours } from './testColours.mjs';

/** Photos of each colour: half of the palette's rules were never tried on the second list or its seed. */
const photosOfEach = 12;
const least = 0.95;
/** Milliseconds a picture, after decoding: the median. */
const mostMilliseconds = 5;
const mostOfSmall = 1;

/** @returns the share of photos whose first colour has a right name, and what was answered instead */
export async function judged(list, seed, photos) {
  const confusion = new Map();
  const byBackground = new Map();
  const times = [];
  const wrong = [];
  let right = 0;
  let index = 0;
  for (const { called, hex, names } of list) {
    for (let photo = 0; photo < photos; photo++, index++) {
      const { bytes, about } = await drawnGarment(hex, seed, index);
      const image = await decodeImage(bytes, called);
      const start = performance.now();
      const { colours } = dominantColours(image);
      times.push(performance.now() - start);
      const isRight = names.includes(colours[0].name);
      const [own, all] = byBackground.get(about.background) ?? [0, 0];
      byBackground.set(about.background, [own + (isRight ? 1 : 0), all + 1]);
      if (isRight) right++;
      else {
        const key = `${names.join(' or ')} → ${colours[0].name}`;
        confusion.set(key, (confusion.get(key) ?? 0) + 1);
        wrong.push({ called, index, about, colours });
      }
    }
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  return { share: right / index, photos: index, confusion, byBackground, wrong, median };
}

function inWords({ share, photos, confusion, byBackground, median }) {
  const often = [...confusion].sort((a, b) => b[1] - a[1]);
  const backgrounds = [...byBackground].map(([name, [right, all]]) => `${name} ${((100 * right) / all).toFixed(1)} %`);
  return [
    `${(100 * share).toFixed(2)} % of ${photos} photos, ${median.toFixed(2)} ms each; by background: ${backgrounds.join(', ')}`,
    ...often.slice(0, 15).map(([what, count]) => `  ${count} × ${what}`),
  ];
}

/** The time of a 28×28 picture, in milliseconds: the median of 200. */
function timeOfSmall() {
  const edge = 28;
  const pixels = Uint8Array.from({ length: edge * edge * 3 }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / edge), Math.floor(i / 3) % edge];
    const isGarment = x > 6 && x < 21 && y > 3 && y < 25;
    return isGarment ? [40, 90, 160][i % 3] + ((x * y) % 9) : 245;
  });
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    dominantColours({ pixels, height: edge, width: edge, channels: 3 });
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[100];
}

export const colours = {
  promise: `the dominant colour of drawn garments has the name that people gave it: at least ${least * 100} % of photos of ${surveyColours.length} surveyed colours, of which no rule was made`,
  async measure({ quick }) {
    const photos = quick ? 2 : photosOfEach;
    const development = await judged(cssColours, 1, photos);
    const evaluation = await judged(surveyColours, 2, photos);
    const small = timeOfSmall();
    return {
      figure: `${(100 * evaluation.share).toFixed(2)} % of ${evaluation.photos} photos; ${evaluation.median.toFixed(2)} ms a photo, ${small.toFixed(2)} ms at 28×28`,
      passes: evaluation.share >= least && evaluation.median < mostMilliseconds && small < mostOfSmall,
      details: [
        'development (CSS colours):',
        ...inWords(development),
        'evaluation (surveyed colours, another seed):',
        ...inWords(evaluation),
      ],
    };
  },
};
