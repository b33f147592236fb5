import { type Html, html } from '../html.ts';
import { round, shorten } from './axes.ts';

export interface HeatmapOptions {
  /** Text alternative. */
  readonly description: string;
  /** Rows and columns alike. */
  readonly names: readonly string[];
  /** Row by row; 0 is the palest colour and 1 the strongest, and what lies outside is marked; null is crossed out. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly format: (value: number) => string;
}

const width = 340;
const longestName = 16;

/** A square matrix as tinted cells with a value on hover, as one SVG that scales with its column. */
export function heatmap({ description, names, values, format }: HeatmapOptions): Html {
  const labels = names.map((name) => shorten(name, longestName));
  const longest = Math.max(0, ...labels.map(({ length }) => length));
  const left = 10 + Math.ceil(longest * 7.2);
  const size = (width - left - 2) / Math.max(1, names.length);
  // Names closer than a line of text are thinned out; a cell's title has both names.
  const every = Math.max(1, Math.ceil(13 / size));
  const top = left - 2;
  return html`<svg class="plot heatmap" viewBox="0 0 ${width} ${Math.ceil(top + size * names.length + 2)}" role="img" aria-label="${description}">
${labels.map((label, i) => {
  if (i % every !== 0) return null;
  const middle = round(left + (i + 0.5) * size);
  const line = round(top + (i + 0.5) * size);
  return html`<text class="tick" x="${left - 5}" y="${round(line + 4)}" text-anchor="end">${label}</text>
<text class="tick" x="${round(middle + 4)}" y="${top - 5}" transform="rotate(-90 ${round(middle + 4)} ${top - 5})">${label}</text>
`;
})}${values.map((row, i) =>
  row.map((value, j) => {
    const [x, y] = [round(left + j * size), round(top + i * size)];
    const title = html`<title>${names[i]} and ${names[j]}: ${value === null ? 'undefined' : format(value)}</title>`;
    return html`<rect class="cell${value === null ? ' undefined-cell' : ''}" x="${x}" y="${y}" width="${round(size - 0.8)}" height="${round(size - 0.8)}" style="--tint:${tint(value)}%">${title}</rect>
${value === null ? html`<path class="cross" d="M${x} ${y}l${round(size - 0.8)} ${round(size - 0.8)}m0 -${round(size - 0.8)}l-${round(size - 0.8)} ${round(size - 0.8)}"></path>` : null}
${value !== null && value < 0 ? html`<path class="below" d="M${round(x + size * 0.3)} ${round(y + size / 2)}h${round(size * 0.35)}"></path>` : null}`;
  }),
)}</svg>`;
}

/** The scale of a heat map's colours, from 0 to 1. */
export function colorBar(label: string): Html {
  return html`<p class="color-bar"><span>0</span><span class="color-ramp" role="img" aria-label="colour scale: palest at 0, strongest at 1"></span><span>1</span><span class="color-name">${label}</span></p>`;
}

function tint(value: number | null): number {
  return Math.round(Math.min(1, Math.max(0, value ?? 0)) * 100);
}
