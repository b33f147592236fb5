import { hueOf, type Lab } from './lab.ts';

/** The names of colours that tags use. */
export const colourNames = [
  'black',
  'grey',
  'white',
  'beige',
  'brown',
  'red',
  'burgundy',
  'pink',
  'purple',
  'navy',
  'blue',
  'light blue',
  'turquoise',
  'green',
  'olive',
  'yellow',
  'orange',
] as const;
export type ColourName = (typeof colourNames)[number];

/**
 * The palette's name of a colour, by lightness, chroma and hue. Every colour has exactly one; the table is in
 * docs/catalogue-tags.md.
 */
export function colourName(lab: Lab): ColourName {
  const [L, a, b] = lab;
  const chroma = Math.sqrt(a * a + b * b);
  const hue = hueOf(lab);
  if (chroma < leastChroma(L, hue)) {
    if (L < 20) return 'black';
    return L < 86 ? 'grey' : 'white';
  }
  if (hue < 15 || hue >= 336) return rosy(L, hue);
  if (hue < 45) return reddish(L, chroma, hue);
  if (hue < 82) return orangeToBrown(L, chroma);
  if (hue < 122) return yellowish(L, chroma, hue);
  if (hue < 165) return 'green';
  if (hue < (chroma < 25 && L > 60 ? 200 : 216)) return 'turquoise';
  return hue < 270 || a < violet(L, chroma) * -b ? bluish(L, chroma) : 'purple';
}

/** Below this chroma a colour counts as black, grey or white. */
function leastChroma(L: number, hue: number): number {
  if (L < 12) return 12;
  if (L < 22) return 8;
  const isBlue = hue >= 165 && hue < 310;
  if (L < 78) return isBlue ? (L < 62 ? 13 : 10) : 8;
  if (hue >= 95 && hue < 165) return 10;
  return L < 90 ? 7 : 9;
}

/** CIELAB's lines of equal hue bend between blue and purple: the border of a* to −b* rises with the saturation, chroma to lightness. */
function violet(L: number, chroma: number): number {
  return Math.min(0.8, 0.5 + (0.075 * chroma) / Math.max(L, 1));
}

function bluish(L: number, chroma: number): ColourName {
  if (L < 18 || (L < 30 && chroma < 36)) return 'navy';
  return L < 66 ? 'blue' : 'light blue';
}

function rosy(L: number, hue: number): ColourName {
  if (L >= 40) return 'pink';
  return hue >= 336 && hue < 346 ? 'purple' : 'burgundy';
}

function reddish(L: number, chroma: number, hue: number): ColourName {
  if (L >= 64) return hue > 40 && chroma >= 40 ? 'orange' : 'pink';
  if (chroma < 40) {
    if (hue < 27) return L < 38 ? 'burgundy' : 'pink';
    return 'brown';
  }
  if (L < 33) return 'burgundy';
  return hue < 20 && chroma < 60 ? 'pink' : 'red';
}

function orangeToBrown(L: number, chroma: number): ColourName {
  if (L < 45) return 'brown';
  if (chroma >= 60 || (L >= 58 && chroma >= 48) || (L >= 64 && chroma >= 40)) return 'orange';
  return L < 62 ? 'brown' : 'beige';
}

function yellowish(L: number, chroma: number, hue: number): ColourName {
  const isYellow = hue < 92 ? L >= 60 : L >= 68;
  if (isYellow && chroma < 40) return hue < 118 ? 'beige' : 'green';
  if (isYellow) return hue < 112 ? 'yellow' : 'green';
  return hue < 92 ? 'brown' : 'olive';
}
