import { kernelOf } from '../../../core/inspection/kernels.ts';
import { type Html, html } from '../../html.ts';
import { layerTypes } from '../../layerTypes.ts';
import { integer, percent, plural, shape as shapeWords } from '../../numbers.ts';
import { picture } from '../../picture.ts';
import { barList } from '../bars.ts';
import { amount } from '../format.ts';
import type { InspectionPageData } from '../pageData.ts';
import { filterFigure } from './filterPictures.ts';
import { imagePicker, imageWords } from './inspectedImages.ts';
import { cardId, mapCards } from './mapCards.ts';
import { colorBar, mapSheet, mapsOf, sheetFigure, sheetImage } from './mapPicture.ts';
import { idOf, type ReportLayer, reportLayers } from './reportLayers.ts';

/** Every layer's maps for a chosen image, from the input to the softmax, the filters, and a card for each map. */
export function featureMaps(data: InspectionPageData): Html {
  const layers = reportLayers(data.record);
  const hasScales = layers.some((layer) => isScaled(layer));
  const hasCards = layers.some(({ cards }) => cards !== null);
  return html`<div class="chooser explorer">
<p>Each square is one feature map: the response of one filter at each position, from dark (zero) to light (the maximum).
${hasCards && 'Select a map to see the test images that activate it most, its class selectivity, and the accuracy lost when it is ablated.'}</p>
${imagePicker(data, 'maps')}
${
  hasScales &&
  html`<fieldset class="switch"><legend>Colour scale</legend>
<label><input type="radio" name="scale" id="scale-map" autocomplete="off" checked> per map: weak maps stay visible</label>
<label><input type="radio" name="scale" id="scale-layer" autocomplete="off"> per layer: maps can be compared</label></fieldset>`
}
<ol class="layers">${layers.map((layer, i) => layerItem(data, layer, i >= layers.length - 2))}</ol></div>`;
}

/** Whether a layer's maps are drawn on two scales. */
function isScaled({ drawn, maps }: ReportLayer): boolean {
  return drawn === 'maps' && maps > 1;
}

/** @param answers whether its units are the classes: the softmax, or its logits */
function layerItem(data: InspectionPageData, layer: ReportLayer, answers: boolean): Html {
  const kernel = layer.source?.name === layer.name ? kernelOf(layer.source, data.filters) : null;
  const own = data.record.kernels.find((one) => one.layer === layer.name);
  const cards = layer.cards === layer.name ? mapCards(data, layer) : null;
  const filters = kernel && own ? filterFigure(own, kernel, cellLinks(data, layer, 'filter')) : null;
  const wide = cards !== null || filters !== null;
  return html`<li class="maps ${wide && 'wide'} drawn-${layer.drawn}" id="${idOf('layer', layer.name)}" tabindex="-1">
<div class="maps-figure"><h3><span class="layer-name">${layer.name}</span> <small>${shapeWords(layer.shape)}</small></h3>
${layer.drawn === 'bars' ? barFigure(data, layer, answers) : sheet(data, layer)}</div>
${cards}${filters && html`<div class="maps-filters"><h4>Filters of <span class="layer-name">${layer.name}</span></h4>${filters}</div>`}</li>`;
}

function sheet(data: InspectionPageData, layer: ReportLayer): Html {
  const { columns, shape, signed } = layer;
  const [height, width] = mapSize(data, layer);
  const byMap = isScaled(layer);
  const parts = data.record.images.map((image, i) => {
    const { name } = imageWords(image, data.record.model.classNames);
    const own = `of of-${i}`;
    if (layer.drawn === 'picture')
      return { images: [picture(data.pictures[i]!, `The input: ${name}`, own)], bar: null };
    const maps = mapsOf(data.activations[i]!.layers.get(layer.name)!, shape);
    const alt = `${plural(layer.maps, shape.length === 3 ? 'map' : 'unit')} of ${layer.name} for ${name}`;
    const draw = (scale: 'map' | 'layer', words: string, kind: string) =>
      sheetImage(mapSheet(maps, { signed, scale, columns }), `${alt}${words}`, kind);
    const kind = byMap ? `${own} by-layer` : own;
    const largest = image.layers.find((one) => one.layer === layer.name)?.largest ?? null;
    return {
      images: byMap
        ? [draw('layer', ', scaled per layer', kind), draw('map', ', scaled per map', `${own} by-map`)]
        : [draw('layer', '', kind)],
      bar: colorBar(signed, amount(largest), kind),
    };
  });
  return html`<figure>${sheetFigure({
    images: parts.flatMap(({ images }) => images),
    columns: layer.drawn === 'picture' ? 1 : columns,
    rows: layer.drawn === 'picture' ? 1 : Math.ceil(layer.maps / columns),
    aspect: width / height,
    cells: cellLinks(data, layer, 'map'),
  })}
${parts.map(({ bar }) => bar)}
${byMap && colorBar(signed, 'm', 'by-map')}
<figcaption>${caption(layer, byMap)}${deadWords(data, layer)}</figcaption></figure>`;
}

function mapSize(data: InspectionPageData, { drawn, shape }: ReportLayer): readonly [number, number] {
  if (drawn === 'picture') return [data.pictures[0]?.height ?? 1, data.pictures[0]?.width ?? 1];
  return shape.length === 3 ? [shape[0]!, shape[1]!] : [1, 1];
}

function caption({ type, drawn, signed }: ReportLayer, byMap: boolean): Html {
  const colours = signed ? 'Orange is above zero, blue below, white zero.' : 'Dark is zero, light is the maximum.';
  const own = byMap && html` <span class="by-map">m is the maximum of each map.</span>`;
  if (drawn === 'cells') return html`One cell per unit. ${colours}`;
  return html`${layerTypes[type].maps} ${drawn === 'maps' && colours}${own}`;
}

/** The number of dead maps, if there are any. */
function deadWords({ record }: InspectionPageData, { cards, shape }: ReportLayer): string {
  const dead = record.maps.filter((map) => map.layer === cards && map.dead).length;
  if (dead === 0) return '';
  const images = record.samples === null ? 'all test images' : `all ${integer(record.samples.testImages)} test images`;
  return ` Crossed out: ${plural(dead, shape.length === 3 ? 'dead map' : 'dead unit')}, zero after the ReLU on ${images}.`;
}

/** A link over each map that has a card; dead maps are crossed out. */
function cellLinks(data: InspectionPageData, layer: ReportLayer, noun: 'map' | 'filter'): Html | null {
  if (layer.cards === null) return null;
  const cards = new Map(data.record.maps.filter((map) => map.layer === layer.cards).map((map) => [map.channel, map]));
  const what = noun === 'filter' ? 'filter' : layer.shape.length === 3 ? 'map' : 'unit';
  return html`${Array.from({ length: layer.maps }, (_, channel) => {
    const map = cards.get(channel);
    if (map === undefined) return html`<i></i>`;
    const dead = map.dead ? ', dead' : '';
    return html`<a href="#${cardId(map.layer, channel)}" class="${map.dead && 'dead'}" title="${what} ${channel}${dead}" aria-label="${layer.name}, ${what} ${channel}${dead}"></a>`;
  })}`;
}

/** Few units as bars; logits and probabilities have the names of the classes. */
function barFigure(data: InspectionPageData, layer: ReportLayer, answers: boolean): Html {
  const { images, model } = data.record;
  const isSoftmax = layer.activation === 'probabilities';
  return html`<figure>${images.map((image, i) => {
    const values = image.layers.find((one) => one.layer === layer.name)?.values;
    const truth = image.source.kind === 'test' ? image.source.label : -1;
    return (
      values &&
      barList(
        values.map((value, unit) => ({
          label: answers ? `${model.classNames[unit]}${unit === truth ? ' (label)' : ''}` : `unit ${unit}`,
          value,
          strong: answers && unit === image.predicted,
        })),
        isSoftmax ? (value) => percent(value, 1) : amount,
        `of of-${i}`,
      )
    );
  })}
<figcaption>${isSoftmax ? 'The probability of each class; the largest is the prediction.' : answers ? 'One logit per class, before softmax.' : 'One bar per unit.'}</figcaption></figure>`;
}
