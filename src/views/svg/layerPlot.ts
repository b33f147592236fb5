import type { Estimate } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { type Frame, round, shorten, type ValueAxis, valueAxis } from './axes.ts';
import { linearScale, type Scale } from './scale.ts';

/** More names than this do not fit below an axis: numbers stand in their place, and the page must hold their key. */
export const mostNamesOnAxis = 22;

/** One network, or one method, along the layers: null where there is nothing to draw. */
export interface LayerSeries {
  readonly name: string;
  /** 1 to 4: a colour of the page's palette. 1 is drawn with circles, all others with squares and dashes. */
  readonly color: number;
  readonly values: readonly (Estimate | null)[];
}

export interface LayerPlotOptions {
  /** Text alternative. */
  readonly description: string;
  readonly names: readonly string[];
  readonly series: readonly LayerSeries[];
  readonly y: ValueAxis;
  /** A range of values to mark. */
  readonly band?: readonly [number, number];
  /** A value to mark, such as chance. */
  readonly reference?: { readonly value: number; readonly label: string };
}

const width = 340;
const plotHeight = 150;
const longestName = 18;
const slant = 55;
/** Between a slanted label's end and its tick. */
const labelGap = 8;
/** A character's width and height in a wide font, once slanted. */
const slantedCharacter = {
  width: 7.5 * Math.cos((slant * Math.PI) / 180),
  height: 7.5 * Math.sin((slant * Math.PI) / 180),
};

/** Estimates with their 95 % intervals over layers in order, as one SVG that scales with its column. */
export function layerPlot({ description, names, series, y, band, reference }: LayerPlotOptions): Html {
  const frame: Frame = { left: 42, right: width - 6, top: 28, bottom: 28 + plotHeight };
  const toX = linearScale([0, Math.max(1, names.length - 1)], [frame.left + 12, frame.right - 12]);
  const place = names.length === 1 ? () => (frame.left + frame.right) / 2 : toX;
  // A label ends at its tick and begins to the left of it, where the drawing must not cut it off.
  const fits = (i: number) => Math.min(longestName, Math.floor((place(i) - labelGap) / slantedCharacter.width));
  const labels = names.map((name, i) => (names.length > mostNamesOnAxis ? String(i + 1) : shorten(name, fits(i))));
  const longest = Math.max(...labels.map(({ length }) => length), 0);
  const height = Math.ceil(
    frame.bottom + 16 + (names.length > mostNamesOnAxis ? 6 : longest * slantedCharacter.height),
  );
  const { toY, drawn } = valueAxis(y, frame);
  // Side by side, so that neither hides the other's interval, yet closer to their own layer than to the next.
  const apart = Math.min(5, 0.35 * (toX(1) - toX(0)));
  return html`<svg class="plot layer-plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${band && bandBox(band, toY, frame)}
${drawn}
<line class="axis" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"></line>
${layerTicks(names, labels, place, frame.bottom)}
${reference && referenceLine(reference, toY, frame)}
${series.map((one, i) => drawSeries(one, (layer) => place(layer) + (i - (series.length - 1) / 2) * apart, toY))}
${series.length > 1 ? key(series) : null}</svg>`;
}

function drawSeries({ name, color, values }: LayerSeries, toX: Scale, toY: Scale): Html {
  const shown = values.flatMap((estimate, layer) => (estimate === null ? [] : [{ estimate, layer }]));
  const dash = color === 1 ? '' : ' dashed';
  return html`<g class="c${color}">
${shown.slice(1).map(({ estimate, layer }, i) => {
  const before = shown[i]!;
  const kind = layer - before.layer > 1 ? ' bridge' : dash;
  return html`<line class="line${kind}" x1="${round(toX(before.layer))}" y1="${round(toY(before.estimate.value))}" x2="${round(toX(layer))}" y2="${round(toY(estimate.value))}"></line>
`;
})}${shown.map(({ estimate, layer }) => {
  const x = round(toX(layer));
  return html`<line class="interval" x1="${x}" x2="${x}" y1="${round(toY(estimate.low))}" y2="${round(toY(estimate.high))}"></line>
${mark(color, x, round(toY(estimate.value)), name)}
`;
})}</g>`;
}

function mark(color: number, x: number, y: number, name: string): Html {
  return color === 1
    ? html`<circle class="mark" cx="${x}" cy="${y}" r="3.1"><title>${name}</title></circle>`
    : html`<rect class="mark" x="${round(x - 2.7)}" y="${round(y - 2.7)}" width="5.4" height="5.4"><title>${name}</title></rect>`;
}

function layerTicks(names: readonly string[], labels: readonly string[], toX: Scale, bottom: number): Html[] {
  const numbered = names.length > mostNamesOnAxis;
  const every = numbered ? Math.ceil(names.length / 14) : 1;
  return labels.map((label, i) => {
    if (i % every !== 0) return html``;
    const x = round(toX(i));
    const turn = numbered
      ? html` text-anchor="middle"`
      : html` text-anchor="end" transform="rotate(-${slant} ${x} ${bottom})"`;
    return html`<line class="axis" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"></line>
<text class="tick" x="${numbered ? x : round(x - labelGap)}" y="${bottom + (numbered ? 16 : 7)}"${turn}>${label}<title>${names[i]}</title></text>
`;
  });
}

function bandBox([low, high]: readonly [number, number], toY: Scale, { left, right, top, bottom }: Frame): Html {
  const from = Math.max(top, toY(high));
  const to = Math.min(bottom, toY(low));
  return html`<rect class="band" x="${left}" y="${round(from)}" width="${right - left}" height="${round(Math.max(0, to - from))}"></rect>`;
}

function referenceLine(
  { value, label }: { readonly value: number; readonly label: string },
  toY: Scale,
  { left, right }: Frame,
): Html {
  const at = round(toY(value));
  return html`<line class="reference" x1="${left}" x2="${right}" y1="${at}" y2="${at}"></line>
<text class="tick" x="${right}" y="${at - 4}" text-anchor="end">${label}</text>`;
}

function key(series: readonly LayerSeries[]): Html {
  const widths = series.map(({ name }) => 22 + name.length * 7.4 + 10);
  const start = width - widths.reduce((sum, one) => sum + one, 0) + 10;
  return html`${series.map(({ name, color }, i) => {
    const x = round(widths.slice(0, i).reduce((sum, one) => sum + one, start));
    return html`<g class="c${color}"><line class="line${color === 1 ? '' : ' dashed'}" x1="${x}" x2="${x + 18}" y1="8" y2="8"></line>
${mark(color, x + 9, 8, name)}<text x="${x + 22}" y="12">${name}</text></g>`;
  })}`;
}
