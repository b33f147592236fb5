import type { OverviewLayer } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { fixed, integer, percent } from '../../numbers.ts';
import { picture } from '../../picture.ts';
import { barList } from '../bars.ts';
import type { InspectionPageData } from '../pageData.ts';
import { className, imageWords } from './inspectedImages.ts';
import { mapSheet, mapsOf, sheetFigure, sheetImage } from './mapPicture.ts';
import { columnsFor, type ReportLayer, reportLayers } from './reportLayers.ts';

const titles: Readonly<Record<OverviewLayer['position'], string>> = {
  first: 'First hidden layer',
  middle: 'Middle hidden layer',
  last: 'Last hidden layer',
};

/** One image at the first, the middle and the last hidden layer, and its most probable classes. */
export function overview(data: InspectionPageData): Html {
  const { overview: shown, images, model } = data.record;
  if (shown === null) return html`<p>No image was inspected.</p>`;
  const { probabilities } = images[shown.image]!;
  const input = data.pictures[shown.image]!;
  const { name, guess, confidence } = imageWords(images[shown.image]!, model.classNames);
  const layers = new Map(reportLayers(data.record).map((layer) => [layer.name, layer]));
  const ranked = probabilities.map((_, y) => y).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const most = Math.min(5, ranked.length);
  return html`<div class="opening">
<figure class="opening-picture">${picture(input, `The input: ${name}`)}
<figcaption>The input: ${name}, ${input.height} × ${input.width} pixels.</figcaption></figure>
<div class="opening-rows">${shown.layers.map((row) => {
    const layer = layers.get(row.layer)!;
    const values = data.activations[shown.image]!.layers.get(row.layer)!;
    return html`<div class="opening-row"><h3>${titles[row.position]}: <span class="layer-name">${row.layer}</span></h3>
<p>${sentence(layer, row, input)}</p>
${sheet(layer, row, values, name)}</div>`;
  })}
<div class="opening-row"><h3>Prediction: ${guess}, ${confidence}</h3>
<figure>${barList(
    ranked.slice(0, most).map((y, place) => ({
      label: className(model.classNames, y),
      value: probabilities[y]!,
      strong: place === 0,
    })),
    (value) => percent(value, 1),
  )}
<figcaption>The ${most} most probable of ${ranked.length} classes.</figcaption></figure></div></div></div>`;
}

/** The maps of largest variance, or all units of a flat layer. */
function sheet(layer: ReportLayer, { shownMaps }: OverviewLayer, values: Float32Array, name: string): Html {
  const { maps, signed } = layer;
  const isPicture = layer.shape.length === 3;
  const all = mapsOf(values, layer.shape);
  const columns = isPicture ? shownMaps.length : columnsFor(maps, 32);
  const options = isPicture ? ({ scale: 'map', only: shownMaps } as const) : ({ scale: 'layer' } as const);
  const what = isPicture ? `Maps ${shownMaps.join(', ')}` : `The ${maps} units`;
  const shown = isPicture
    ? `${shownMaps.length < maps ? `The ${shownMaps.length} of ${maps} maps with the largest variance` : 'All maps'}, each on its own scale.`
    : `All ${maps} units, one cell each, on one scale.`;
  return html`<figure class="${!isPicture && 'units'}">${sheetFigure({
    images: [sheetImage(mapSheet(all, { signed, columns, ...options }), `${what} of ${layer.name} for ${name}`)],
    columns,
    rows: isPicture ? 1 : Math.ceil(maps / columns),
    aspect: all.width / all.height,
  })}<figcaption>${shown} ${signed ? 'Orange is above zero, blue below.' : 'Dark is zero, light is the maximum.'}</figcaption></figure>`;
}

function sentence(
  { shape, maps, signed }: ReportLayer,
  { activeMaps, zeroFraction, correlation }: OverviewLayer,
  input: { readonly height: number; readonly width: number },
): string {
  if (shape.length !== 3) {
    return `A vector of ${integer(maps)} values${signed ? '' : `, of which ${integer(activeMaps)} are above zero for this image`}.`;
  }
  const [height, width] = [shape[0]!, shape[1]!];
  const share = (height * width) / (input.height * input.width);
  return [
    `Maps of ${height} × ${width} positions, ${share === 1 ? 'as many as the input has' : `${percent(share, 0)} of the input’s`}.`,
    correlation &&
      `Correlation with the input, |r|: ${fixed(correlation.highest, 2)} for the most similar map, ${fixed(correlation.median, 2)} in the median.`,
    `${activeMaps} of ${maps} maps are active${signed ? '' : `, and ${percent(zeroFraction, 0)} of all values are zero`}.`,
  ]
    .filter(Boolean)
    .join(' ');
}
