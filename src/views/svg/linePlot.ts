import { type Html, html } from '../html.ts';
import { lowerAxis, round, type ValueAxis, valueAxis } from './axes.ts';
import { linearScale, type Scale } from './scale.ts';

export type Point = readonly [x: number, y: number];

/** One quantity in a plot. Series differ in colour and in the shape of their marks. */
export interface Series {
  readonly name: string;
  /** 1 to 4: a colour of the page's palette. */
  readonly color: number;
  /** Drawn as thin lines, one for each list of points, cut off at the frame. */
  readonly lines?: readonly (readonly Point[])[];
  /** Drawn as single marks. */
  readonly marks?: readonly Point[];
  readonly markShape?: MarkShape;
  /** Written to the right of the last mark. */
  readonly label?: string;
}

type MarkShape = 'circle' | 'square' | 'diamond';

export interface LinePlotOptions {
  /** Text alternative. */
  readonly description: string;
  readonly x: ValueAxis;
  readonly y: ValueAxis;
  readonly series: readonly Series[];
}

const width = 440;
const height = 280;
const [left, top, bottom] = [50, 30, height - 42];

/** Lines and marks over two linear axes, as one SVG that scales with its column, and a legend above it. */
export function linePlot({ description, x, y, series }: LinePlotOptions): Html {
  const right = width - (series.some(({ label }) => label !== undefined) ? 80 : 14);
  const frame = { left, right, top, bottom };
  const toX = linearScale(x.domain, [left, right]);
  const { toY, drawn } = valueAxis(y, frame);
  const inFrame = ([px, py]: Point) => isWithin(px, x.domain) && isWithin(py, y.domain);
  return html`${legend(series)}
<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${drawn}${lowerAxis(x, toX, frame, height - 4)}
<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"></line>
<svg x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" viewBox="${left} ${top} ${right - left} ${bottom - top}">
${series.map(({ lines, color }) =>
  lines?.map((line) => html`<path class="line c${color}" d="${path(line, toX, toY)}"></path>`),
)}</svg>
${series.map(({ marks, markShape, color, label }) => [
  marks?.filter(inFrame).map((point) => mark(markShape, color, toX(point[0]), toY(point[1]))),
  endLabel(label, marks?.at(-1), color, toX, toY),
])}</svg>`;
}

function legend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map(
    ({ name, color, lines, marks, markShape }) => html`<li>
<svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">
${lines?.length ? html`<path class="line c${color}" d="M1 6H21"></path>` : null}
${marks?.length ? mark(markShape, color, 11, 6) : null}
</svg> ${name}</li>`,
  )}</ul>`;
}

function mark(shape: MarkShape = 'circle', color: number, x: number, y: number): Html {
  const [cx, cy] = [round(x), round(y)];
  if (shape === 'circle') return html`<circle class="mark c${color}" cx="${cx}" cy="${cy}" r="4"></circle>`;
  const turn = shape === 'diamond' ? html` transform="rotate(45 ${cx} ${cy})"` : null;
  return html`<rect class="mark c${color}" x="${cx - 3.5}" y="${cy - 3.5}" width="7" height="7"${turn}></rect>`;
}

function endLabel(
  label: string | undefined,
  at: Point | undefined,
  color: number,
  toX: Scale,
  toY: Scale,
): Html | null {
  if (label === undefined || at === undefined) return null;
  return html`<text class="end-label c${color}" x="${round(toX(at[0]) + 10)}" y="${round(toY(at[1]) + 4)}">${label}</text>`;
}

function path(points: readonly Point[], toX: Scale, toY: Scale): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(toX(x))} ${round(toY(y))}`).join('');
}

function isWithin(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}
