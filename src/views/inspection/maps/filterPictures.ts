import { filterOf, type Kernel, kernelSheets } from '../../../core/inspection/kernels.ts';
import type { KernelMetrics, KernelSheet } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { amount } from '../format.ts';
import { colorBar, mapSheet, sheetFigure, sheetImage } from './mapPicture.ts';
import { columnsFor } from './reportLayers.ts';

/** All filters of a convolution, one scale for all. `cells` are links to the filters' cards. */
export function filterFigure({ layer, sheets }: KernelMetrics, kernel: Kernel, cells: Html | null): Html {
  const [height, width, channels, filters] = kernel.shape;
  const columns = columnsFor(filters, filters <= 64 ? 8 : 16);
  return html`${kernelSheets(kernel).map(({ values, kind, channel }, i) => {
    const signed = kind !== 'norm';
    const name = sheetNames[kind](channels, channel);
    const sheet = mapSheet({ values, height, width, maps: filters }, { signed, scale: 'layer', columns });
    return html`<figure class="filters">
${sheetFigure({
  images: [sheetImage(sheet, `${name} of each of the ${filters} filters of ${layer}, ${height} × ${width}`)],
  columns,
  rows: Math.ceil(filters / columns),
  aspect: width / height,
  cells,
})}
${colorBar(signed, amount(sheets[i]!.largest))}
<figcaption>${name}, one square per filter. ${
      signed
        ? 'Orange on one side and blue on the other is an edge detector; a single colour responds to brightness.'
        : 'Light positions have large weights of either sign.'
    }</figcaption></figure>`;
  })}`;
}

const sheetNames: Readonly<Record<KernelSheet['kind'], (channels: number, channel: number | null) => string>> = {
  weights: (channels, channel) =>
    channels === 1 ? 'Weights' : `Weights on input channel ${(channel ?? 0) + 1} of ${channels}`,
  mean: (channels) => `Mean over ${channels} input channels`,
  norm: (channels) => `Norm over ${channels} input channels`,
};

/** One filter: its slices by input channel, by falling norm. */
export function filterOfMap({ layer, filters }: KernelMetrics, kernel: Kernel, filter: number): Html {
  const [height, width, channels] = kernel.shape;
  const { largest, channels: only } = filters[filter]!;
  const columns = columnsFor(only.length, 8);
  const some = only.length < channels ? `${only.length} of ${channels}` : `all ${channels}`;
  const what = channels === 1 ? `${height} × ${width} weights` : `weights on ${some} input channels, by falling norm`;
  const maps = { values: filterOf(kernel, filter), height, width, maps: channels };
  return html`<figure class="kernel ${channels === 1 && 'single'}">
${sheetFigure({
  images: [
    sheetImage(
      mapSheet(maps, { signed: true, scale: 'layer', columns, only }),
      `Filter ${filter} of ${layer}: ${what}`,
    ),
  ],
  columns,
  rows: Math.ceil(only.length / columns),
  aspect: width / height,
})}
<figcaption>Filter ${filter} of <span class="layer-name">${layer}</span>: ${what}, from −${amount(largest)} (blue) to +${amount(largest)} (orange).</figcaption></figure>`;
}
