import { isChain, type LayerSummary } from '../core/graph/summary.ts';
import { type Html, html } from './html.ts';
import { layerTypes } from './layerTypes.ts';
import { integer, shape } from './numbers.ts';
import { scroller } from './scroller.ts';

const glyphWidth = 100;
const glyphHeight = 76;

/** The sizes that every block of one drawing shares, so that blocks can be compared. */
interface Extent {
  readonly side: number;
  readonly channels: number;
  readonly features: number;
}

/**
 * The network as a row of blocks that wraps like text: each layer's output drawn to one scale (height and width linear,
 * channels and features logarithmic), with its name, shape and parameters. An arrow joins a layer to the one before it that
 * it reads; a layer that reads others names all its inputs.
 */
export function architecture(layers: readonly LayerSummary[]): Html {
  const shapes = layers.map(({ outputShape }) => outputShape);
  const volumes = shapes.filter((dimensions) => dimensions.length === 3);
  const extent: Extent = {
    side: Math.max(1, ...volumes.flatMap(([height = 1, width = 1]) => [height, width])),
    channels: Math.max(1, ...volumes.map(([, , channels = 1]) => channels)),
    features: Math.max(2, ...shapes.filter(({ length }) => length !== 3).map(size)),
  };
  return html`<ol class="network">${layers.map((layer, i) => block(layer, layers[i - 1], extent))}</ol>`;
}

function block(layer: LayerSummary, before: LayerSummary | undefined, extent: Extent): Html {
  const { name, type, inputs, outputShape, parameters } = layer;
  const follows = before !== undefined && inputs.includes(before.name);
  const kind = `${parameters > 0 ? 'learns' : layerTypes[type].block}${follows ? ' follows' : ''}`;
  const glyph = outputShape.length === 3 ? volume(outputShape, extent) : vector(size(outputShape), extent);
  return html`<li class="layer ${kind}">
<svg viewBox="0 0 ${glyphWidth} ${glyphHeight}" aria-hidden="true">${glyph}</svg>
<span class="layer-name">${name}</span>
<span class="layer-shape">${shape(outputShape)}</span>
${inputs.length > (follows ? 1 : 0) && html`<span class="layer-inputs">reads ${inputs.join(', ')}</span>`}
${parameters > 0 && html`<span class="layer-parameters">${integer(parameters)}<br>parameter${parameters !== 1 && 's'}</span>`}</li>`;
}

/** A box seen from the front left: its face is height by width, its depth the channels. */
function volume([height = 1, width = 1, channels = 1]: readonly number[], extent: Extent): Html {
  const faceHeight = 8 + (34 * height) / extent.side;
  const faceWidth = 8 + (34 * width) / extent.side;
  const depth = 2 + 34 * (Math.log2(1 + channels) / Math.log2(1 + extent.channels)) * Math.min(1, extent.channels / 8);
  const [dx, dy] = [depth, depth * 0.6];
  const x = (glyphWidth - faceWidth - dx) / 2;
  const y = (glyphHeight - faceHeight + dy) / 2;
  const points = (...corners: (readonly [number, number])[]) =>
    corners.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  const [right, base] = [x + faceWidth, y + faceHeight];
  return html`<polygon class="top" points="${points([x, y], [x + dx, y - dy], [right + dx, y - dy], [right, y])}"></polygon>
<polygon class="side" points="${points([right, y], [right + dx, y - dy], [right + dx, base - dy], [right, base])}"></polygon>
<polygon class="face" points="${points([x, y], [right, y], [right, base], [x, base])}"></polygon>`;
}

/** A column of cells; beyond a dozen the cells run together into a bar. */
function vector(features: number, extent: Extent): Html {
  const length = 12 + 56 * (Math.log(Math.max(1, features)) / Math.log(extent.features));
  const cells = features <= 12 ? features : 1;
  const cell = length / cells;
  const top = (glyphHeight - length) / 2;
  return html`${Array.from(
    { length: cells },
    (_, i) =>
      html`<rect class="face" x="${glyphWidth / 2 - 6}" y="${(top + i * cell).toFixed(1)}" width="12" height="${cell.toFixed(1)}"></rect>`,
  )}`;
}

function size(dimensions: readonly number[]): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** The network's layers as a table: output shape, parameters and multiply-adds, with their sums. */
export function summaryTable(layers: readonly LayerSummary[]): Html {
  const reads = (cell: Html) => !isChain(layers) && cell;
  const total = (pick: (layer: LayerSummary) => number) => layers.reduce((sum, layer) => sum + pick(layer), 0);
  return scroller(
    'Layers',
    html`<table class="numbers"><thead><tr>
<th scope="col">layer</th><th scope="col" class="text">type</th>${reads(html`<th scope="col" class="text">inputs</th>`)}<th scope="col">output</th>
<th scope="col">parameters</th><th scope="col">multiply-adds</th></tr></thead><tbody>
${layers.map(
  ({ name, type, inputs, outputShape, parameters, multiplyAdds }) => html`<tr><th scope="row">${name}</th>
<td class="text">${type}</td>${reads(html`<td class="text">${inputs.join(', ')}</td>`)}<td>${shape(outputShape)}</td>
<td>${integer(parameters)}</td><td>${integer(multiplyAdds)}</td></tr>`,
)}</tbody><tfoot><tr><th scope="row">total</th><td class="text"></td>${reads(html`<td></td>`)}<td></td>
<td>${integer(total(({ parameters }) => parameters))}</td>
<td>${integer(total(({ multiplyAdds }) => multiplyAdds))}</td></tr></tfoot></table>`,
  );
}
