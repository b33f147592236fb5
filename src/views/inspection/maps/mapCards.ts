import { kernelOf } from '../../../core/inspection/kernels.ts';
import type { Box, MapMetrics } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { fixed, plural } from '../../numbers.ts';
import { shorten } from '../../svg/axes.ts';
import { amount, interval, points } from '../format.ts';
import type { InspectionPageData } from '../pageData.ts';
import { filterOfMap } from './filterPictures.ts';
import { className } from './inspectedImages.ts';
import { pictureSheet } from './mapPicture.ts';
import { idOf, type ReportLayer } from './reportLayers.ts';

/** Cards of a layer that are printed: the maps whose ablation costs most accuracy. */
const printedCards = 3;
const topColumns = 3;

/** The id of a map's card. */
export function cardId(layer: string, channel: number): string {
  return idOf('map', layer, channel);
}

/** The cards of all maps of a layer; the style sheet shows the one that a link leads to. */
export function mapCards(data: InspectionPageData, layer: ReportLayer): Html | null {
  const figures = data.record.maps.filter((map) => map.layer === layer.name);
  if (figures.length === 0) return null;
  const byImportance = [...figures].sort((a, b) => b.accuracyLost.value - a.accuracyLost.value);
  const rank = new Map(byImportance.map(({ channel }, i) => [channel, i + 1]));
  return html`<div class="cards">${figures.map((map) => {
    const place = rank.get(map.channel)!;
    return html`<article class="card ${place === 1 && 'example'} ${place <= printedCards && 'printed'}" id="${cardId(map.layer, map.channel)}" tabindex="-1">
${card(data, layer, map, place, figures.length)}</article>`;
  })}</div>`;
}

function card(data: InspectionPageData, layer: ReportLayer, map: MapMetrics, place: number, count: number): Html {
  const { classNames } = data.record.model;
  const noun = layer.shape.length === 3 ? 'map' : 'unit';
  const kernel = kernelOf(layer.source, data.filters);
  const kernelNumbers = data.record.kernels.find((one) => one.layer === layer.source?.name);
  return html`<h4><span class="layer-name">${map.layer}</span>, ${noun} ${map.channel}${
    map.dead && html` <span class="badge">dead</span>`
  }</h4>
<dl class="card-figures">
<div><dt>Accuracy lost when ablated</dt><dd>${accuracyLost(map)}</dd><dd class="aside">rank ${place} of ${count} in this layer</dd></div>
<div><dt>Class selectivity</dt><dd>${
    map.selectivity === null
      ? html`–<span class="aside"> undefined: ${map.dead ? `the ${noun} is dead` : layer.signed ? 'values can be negative' : 'needs at least two classes'}</span>`
      : html`${fixed(map.selectivity.value, 2)} <span class="aside">for ${className(classNames, map.selectivity.label)}</span>`
  }</dd></div></dl>
${
  map.top.length === 0
    ? html`<p class="note">This ${noun} is not above zero on any of ${imagesTried(data)}${map.dead && ': it is dead'}.</p>`
    : topImages(data, map, noun)
}
${kernel !== null && kernelNumbers && filterOfMap(kernelNumbers, kernel, map.channel)}
<p class="back"><a href="#${idOf('layer', map.layer)}">Back to the maps of ${map.layer}</a></p>`;
}

function accuracyLost({ accuracyLost }: MapMetrics): Html {
  const format = points(2);
  return html`${format(accuracyLost.value)} <span class="aside">points ${interval(accuracyLost, format)}</span>`;
}

function imagesTried({ record: { samples } }: InspectionPageData): string {
  return samples === null ? 'the test images' : plural(samples.testImages, 'test image');
}

/** The most activating test images, each with the receptive field of the map's maximum outlined. */
function topImages(data: InspectionPageData, map: MapMetrics, noun: string): Html | null {
  const { classNames } = data.record.model;
  const shown = map.top.flatMap((top) => {
    const image = data.testPictures(top.index);
    return image === undefined ? [] : [{ ...top, image }];
  });
  const first = shown[0]?.image;
  if (first === undefined) return html`<p class="note">The test images are not available.</p>`;
  const [gap, text] = [first.width / 12, first.width / 4];
  const sheet = pictureSheet(
    shown.map(({ image }) => image),
    topColumns,
    { x: Math.ceil(gap), y: Math.ceil(text) },
  );
  const stride = { x: first.width + Math.ceil(gap), y: first.height + Math.ceil(text) };
  const corner = (i: number) => [(i % topColumns) * stride.x, Math.floor(i / topColumns) * stride.y] as const;
  const outline = ({ y, x, height, width }: Box, [left, top]: readonly [number, number]) =>
    `M${left + x} ${top + y}h${width}v${height}h${-width}z`;
  const fields = shown.map(({ receptiveField }, i) => outline(receptiveField, corner(i))).join('');
  const numbers = shown.map(({ index }) => index).join(', ');
  const names = [...new Set(shown.map(({ label }) => className(classNames, label)))].join(', ');
  const whole = shown.every(
    ({ receptiveField: { height, width } }) => height === first.height && width === first.width,
  );
  return html`<figure class="top">
<svg viewBox="0 0 ${sheet.width} ${sheet.height}" font-size="${round(first.width / 8.5)}" role="img" aria-label="The ${shown.length} test images that activate ${map.layer} ${noun} ${map.channel} most, numbers ${numbers}: ${names}">
<image href="${sheet.address}" width="${sheet.width}" height="${sheet.height}"></image>
${!whole && html`<path class="halo" d="${fields}"></path><path class="field" d="${fields}"></path>`}
${shown.map(({ label, value }, i) => {
  const [x, y] = corner(i);
  return html`<text x="${x}" y="${round(y + first.height + text * 0.62)}">${shorten(className(classNames, label), 11)} <tspan>${amount(value)}</tspan></text>`;
})}</svg>
<figcaption>The ${shown.length} most activating of ${imagesTried(data)}, strongest first, with their class and the ${noun}’s maximum.
${whole ? `Its receptive field is the whole image.` : 'Outlined: the receptive field of the maximum.'}</figcaption></figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
