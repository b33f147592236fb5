import type { Layer } from '../../core/graph/layer.ts';
import { type Html, html } from '../html.ts';
import { colorBar, sheetFigure, sheetImage } from './mapFigure.ts';
import { type Maps, mapSheet, peaks } from './mapPicture.ts';
import { amount, columnsFor } from './reportLayers.ts';

/** Filters over so few channels are shown whole, channel by channel; deeper ones are summed up. */
const mostSlices = 4;
const mostSlicesInCard = 32;

/** The filters of one convolution: float32 [R, S, C, K]. */
export interface Filters {
  readonly kernel: Float32Array;
  readonly height: number;
  readonly width: number;
  /** C */
  readonly channels: number;
  /** K */
  readonly filters: number;
}

/** A convolution's filters, if the layer is one and its kernel is at hand. */
export function filtersOf(layer: Layer | null, kernels: ReadonlyMap<string, Float32Array>): Filters | null {
  const kernel = layer === null ? undefined : kernels.get(layer.name);
  const shape = layer?.parameters[0]?.shape;
  if (kernel === undefined || shape?.length !== 4) return null;
  const [height, width, channels, filters] = shape as [number, number, number, number];
  return { kernel, height, width, channels, filters };
}

/** One picture for each channel that the filters look at, or their mean and their strength over all channels. */
export function filterSheets({ kernel, height, width, channels, filters }: Filters): {
  readonly name: string;
  readonly maps: Maps;
  readonly signed: boolean;
}[] {
  const size = { height, width, maps: filters };
  const of = (value: (position: number, k: number) => number) =>
    Float32Array.from({ length: height * width * filters }, (_, i) => value(Math.floor(i / filters), i % filters));
  const weight = (position: number, c: number, k: number) => kernel[(position * channels + c) * filters + k]!;
  const sum = (term: (c: number) => number) => {
    let total = 0;
    for (let c = 0; c < channels; c++) total += term(c);
    return total;
  };
  if (channels <= mostSlices) {
    return Array.from({ length: channels }, (_, c) => ({
      name: channels === 1 ? 'The weights' : `The weights on input channel ${c + 1} of ${channels}`,
      maps: { ...size, values: of((position, k) => weight(position, c, k)) },
      signed: true,
    }));
  }
  return [
    {
      name: `The mean over ${channels} input channels`,
      maps: { ...size, values: of((position, k) => sum((c) => weight(position, c, k)) / channels) },
      signed: true,
    },
    {
      name: `The strength (root of the sum of squares over ${channels} input channels)`,
      maps: { ...size, values: of((position, k) => Math.sqrt(sum((c) => weight(position, c, k) ** 2))) },
      signed: false,
    },
  ];
}

/** All filters of a convolution, one scale for all. `cells` are links to the filters' cards. */
export function filterFigure(layer: string, filters: Filters, cells: Html | null): Html {
  const columns = columnsFor(filters.filters, filters.filters <= 64 ? 8 : 16);
  const rows = Math.ceil(filters.filters / columns);
  return html`${filterSheets(filters).map(({ name, maps, signed }) => {
    const largest = amount(Math.max(...peaks(maps)));
    const alt = `${name} of each of the ${filters.filters} filters of ${layer}, ${filters.height} × ${filters.width}`;
    return html`<figure class="filters">
${sheetFigure({
  images: [sheetImage(mapSheet(maps, { signed, scale: 'layer', columns }), alt)],
  columns,
  rows,
  aspect: filters.width / filters.height,
  cells,
})}
${colorBar(signed, signed ? `−${largest}` : '0', signed ? `+${largest}` : largest)}
<figcaption>${name}, one square a filter. ${
      signed
        ? 'A filter with orange on one side and blue on the other answers to an edge; one of a single colour, to brightness.'
        : 'Bright places are where the filter looks most closely, whatever the sign.'
    }</figcaption></figure>`;
  })}`;
}

/** One filter: every input channel's slice, the strongest first where there are many. */
export function filterOfMap(layer: string, filters: Filters, channel: number): Html {
  const { kernel, height, width, channels } = filters;
  const values = Float32Array.from(
    { length: height * width * channels },
    (_, i) => kernel[i * filters.filters + channel]!,
  );
  const strength = (c: number) => {
    let sum = 0;
    for (let i = c; i < values.length; i += channels) sum += values[i]! ** 2;
    return sum;
  };
  const order = Array.from({ length: channels }, (_, c) => [c, strength(c)] as const).sort((a, b) => b[1] - a[1]);
  const only = order.slice(0, mostSlicesInCard).map(([c]) => c);
  const maps: Maps = { values, height, width, maps: channels };
  const columns = columnsFor(only.length, 8);
  const largest = amount(Math.max(...peaks(maps)));
  const all = only.length === channels;
  const what =
    channels === 1
      ? `${height} × ${width} weights`
      : `${all ? `its weights on all ${channels}` : `its weights on ${only.length} of ${channels}`} input channels, the strongest first`;
  return html`<figure class="kernel ${channels === 1 && 'single'}">
${sheetFigure({
  images: [
    sheetImage(
      mapSheet(maps, { signed: true, scale: 'layer', columns, only }),
      `Filter ${channel} of ${layer}: ${what}`,
    ),
  ],
  columns,
  rows: Math.ceil(only.length / columns),
  aspect: width / height,
})}
<figcaption>Filter ${channel} of <span class="layer-name">${layer}</span>: ${what}, blue −${largest} to orange +${largest}.</figcaption></figure>`;
}
