import type { PixelImage } from '../../core/data/images.ts';
import type { Shape } from '../../core/graph/shape.ts';
import { type Html, html } from '../html.ts';
import { fixed, percent } from '../numbers.ts';
import { picture } from '../picture.ts';
import { barList } from './bars.ts';
import { firstChoice, imageWords } from './inspectedImages.ts';
import { sheetFigure, sheetImage } from './mapFigure.ts';
import { type Maps, mapSheet, mapsOf, peaks } from './mapPicture.ts';
import type { InspectionPageData } from './pageData.ts';
import { columnsFor, type ReportLayer, reportLayers } from './reportLayers.ts';

const shownMaps = 8;

/** First, middle, last: one picture on its way through the network in three rows, a sentence to each. */
export function openingRows(data: InspectionPageData): Html {
  const i = firstChoice(data);
  const image = data.record.images[i];
  const recorded = data.activations[i];
  const shown = data.pictures[i];
  if (image === undefined || recorded === undefined || shown === undefined)
    return html`<p>No picture was inspected.</p>`;
  const { classNames } = data.record.model;
  const { name, guess, confidence } = imageWords(image, classNames);
  const layers = reportLayers(data.record).filter((layer) => recorded.layers.has(layer.name));
  const rows = threeLayers(layers).map(([title, layer]) =>
    row(title, layer, recorded.layers.get(layer.name)!, shown, name),
  );
  const strongest = image.probabilities
    .map((_, y) => y)
    .sort((a, b) => image.probabilities[b]! - image.probabilities[a]!);
  return html`<div class="opening">
<figure class="opening-picture">${picture(shown, `The input: ${name}`)}
<figcaption>The picture: ${name}, ${shown.height} × ${shown.width} pixels.</figcaption></figure>
<div class="opening-rows">${rows}
<div class="opening-row"><h3>Answer: ${guess}, ${confidence}</h3>
<figure>${barList(
    strongest.slice(0, 5).map((y, place) => ({
      label: classNames[y] ?? `class ${y}`,
      value: image.probabilities[y]!,
      strong: place === 0,
    })),
    (value) => percent(value, 1),
  )}
<figcaption>The ${Math.min(5, strongest.length)} most probable of ${strongest.length} classes, from the softmax.</figcaption></figure></div></div></div>`;
}

/** The first, the middle and the last hidden layer: of those after ReLU where there are three, else of all that are hidden. */
export function threeLayers(layers: readonly ReportLayer[]): (readonly [title: string, layer: ReportLayer])[] {
  const hidden = layers.slice(1, -1);
  const fired = hidden.filter(({ activation }) => activation === 'rectifier');
  const pool = fired.length >= 3 ? fired : hidden;
  const first = fired[0] ?? pool[0];
  const last = fired.at(-1) ?? pool.at(-1);
  const between = pool.slice(pool.indexOf(first!) + 1, pool.indexOf(last!));
  const middle = between[Math.floor((between.length - 1) / 2)];
  const titled = [
    ['First', first],
    ['Middle', middle],
    ['Last', last === first ? undefined : last],
  ] as const;
  return titled.flatMap(([title, layer]) => (layer === undefined ? [] : [[title, layer] as const]));
}

function row(title: string, layer: ReportLayer, values: Float32Array, shown: PixelImage, name: string): Html {
  return html`<div class="opening-row"><h3>${title}: <span class="layer-name">${layer.name}</span></h3>
<p>${sentence(layer, values, shown)}</p>
${layer.shape.length === 3 ? liveliestMaps(layer, values, name) : cells(layer, values, name)}</div>`;
}

function liveliestMaps(layer: ReportLayer, values: Float32Array, name: string): Html {
  const maps = mapsOf(values, layer.shape);
  const spread = spreads(maps);
  const order = Array.from(spread, (_, c) => c).sort((a, b) => spread[b]! - spread[a]!);
  const only = order.slice(0, shownMaps).sort((a, b) => a - b);
  return html`<figure>${sheetFigure({
    images: [
      sheetImage(
        mapSheet(maps, { signed: layer.signed, scale: 'map', columns: only.length, only }),
        `Maps ${only.join(', ')} of ${layer.name} for ${name}`,
      ),
    ],
    columns: only.length,
    rows: 1,
    aspect: maps.width / maps.height,
  })}<figcaption>${
    only.length < maps.maps
      ? `The ${only.length} of ${maps.maps} maps that vary most, each on its own scale.`
      : 'Every map, each on its own scale.'
  } ${layer.signed ? 'Orange is above zero, blue below.' : 'Dark is nothing, light is much.'}</figcaption></figure>`;
}

/** Each map's sum of squares about its mean. */
function spreads({ values, maps }: Maps): Float64Array {
  const [sums, squares] = [new Float64Array(maps), new Float64Array(maps)];
  for (let i = 0; i < values.length; i++) {
    sums[i % maps]! += values[i]!;
    squares[i % maps]! += values[i]! ** 2;
  }
  return squares.map((square, c) => square - (sums[c]! ** 2 * maps) / values.length);
}

function cells(layer: ReportLayer, values: Float32Array, name: string): Html {
  const maps = mapsOf(values, layer.shape);
  const wide = columnsFor(maps.maps, 32);
  return html`<figure class="units">${sheetFigure({
    images: [
      sheetImage(
        mapSheet(maps, { signed: layer.signed, scale: 'layer', columns: wide }),
        `The ${maps.maps} units of ${layer.name} for ${name}`,
      ),
    ],
    columns: wide,
    rows: Math.ceil(maps.maps / wide),
    aspect: 1,
  })}<figcaption>All ${maps.maps} units, one cell each, on one scale. ${
    layer.signed ? 'Orange is above zero, blue below.' : 'Dark cells do not fire.'
  }</figcaption></figure>`;
}

/** What the numbers say of this layer and this picture. */
function sentence(layer: ReportLayer, values: Float32Array, shown: PixelImage): string {
  const largest = peaks(mapsOf(values, layer.shape));
  const live = largest.reduce((n, peak) => n + (peak > 0 ? 1 : 0), 0);
  const zeros = values.reduce((n, value) => n + (value === 0 ? 1 : 0), 0) / values.length;
  if (layer.shape.length !== 3) {
    const list = `A list of ${layer.maps} numbers, without places`;
    return layer.signed ? `${list}.` : `${list}: ${live} of them fire for this picture.`;
  }
  const [height, width] = [layer.shape[0]!, layer.shape[1]!];
  const share = (height * width) / (shown.height * shown.width);
  const fineness = share === 1 ? ', as fine as the picture' : `, ${percent(share, 0)} of the picture’s`;
  const like = likeness(values, layer.shape, shown);
  return `Maps of ${height} × ${width} places${fineness}. ${
    like === null
      ? ''
      : `The one most like the picture correlates ${fixed(like.highest, 2)} with it, a typical one ${fixed(like.median, 2)} (median of |r|). `
  }${live} of ${layer.maps} maps respond${layer.signed ? '' : `, and ${percent(zeros, 0)} of all values are zero`}.`;
}

/** |r| of the map most like the picture, and of the one in the middle. */
interface Likeness {
  readonly highest: number;
  readonly median: number;
}

/**
 * How like the picture a layer's maps are: |r|, Pearson's correlation of a map with the picture's mean over channels,
 * averaged down to the map's size. Maps that do not vary are left out; null where none does, or the picture does not.
 */
export function likeness(values: ArrayLike<number>, shape: Shape, shown: PixelImage): Likeness | null {
  const { height, width, maps } = mapsOf(values, shape);
  const small = shrink(shown, height, width);
  const sizes: number[] = [];
  for (let c = 0; c < maps; c++) {
    const r = pearson(small, (i) => values[i * maps + c]!);
    if (r !== null) sizes.push(Math.abs(r));
  }
  sizes.sort((a, b) => a - b);
  const [low, high] = [sizes[(sizes.length - 1) >> 1], sizes[sizes.length >> 1]];
  return low === undefined || high === undefined ? null : { highest: sizes.at(-1)!, median: (low + high) / 2 };
}

function shrink({ pixels, height, width, channels }: PixelImage, toHeight: number, toWidth: number): Float64Array {
  const sums = new Float64Array(toHeight * toWidth);
  const counts = new Float64Array(toHeight * toWidth);
  // Over the finer of the two grids, so that every cell gets something whichever is larger.
  const rows = Math.max(height, toHeight);
  const columns = Math.max(width, toWidth);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (Math.floor((y * height) / rows) * width + Math.floor((x * width) / columns)) * channels;
      const to = Math.floor((y * toHeight) / rows) * toWidth + Math.floor((x * toWidth) / columns);
      for (let c = 0; c < channels; c++) sums[to]! += pixels[from + c]!;
      counts[to]! += channels;
    }
  }
  return sums.map((sum, i) => sum / counts[i]!);
}

function pearson(x: Float64Array, y: (i: number) => number): number | null {
  const n = x.length;
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sx += x[i]!;
    sy += y(i);
  }
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i]! - sx / n, y(i) - sy / n];
    sxx += dx * dx;
    syy += dy * dy;
    sxy += dx * dy;
  }
  const product = Math.sqrt(sxx * syy);
  return product > 0 && Number.isFinite(product) ? sxy / product : null;
}
