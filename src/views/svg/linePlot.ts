import { type Html, html } from '../html.ts';
import { linearScale, type Scale, tickDigits, ticks } from './scale.ts';

export type Point = readonly [x: number, y: number];

/** One quantity in a plot. Series are told apart by colour and by the shape of their marks. */
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

interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly ticks?: readonly number[];
  /** `digits` tells the axis' ticks apart. */
  readonly format?: (value: number, digits: number) => string;
}

export interface LinePlotOptions {
  /** What the picture shows, for those who cannot see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const width = 440;
const height = 280;
const top = 30;
const bottom = height - 42;
const left = 50;

/** Lines and marks over two linear axes, as one SVG that scales with its column, and a legend above it. */
export function linePlot({ description, x, y, series }: LinePlotOptions): Html {
  const right = width - (series.some(({ label }) => label !== undefined) ? 80 : 14);
  const toX = linearScale(x.domain, [left, right]);
  const toY = linearScale(y.domain, [bottom, top]);
  const inFrame = ([px, py]: Point) => isWithin(px, x.domain) && isWithin(py, y.domain);
  return html`${legend(series)}
<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${horizontalGrid(y, toY, right)}${verticalTicks(x, toX)}
<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"></line>
<text class="axis-name" x="0" y="14">${y.label}</text>
<text class="axis-name" x="${right}" y="${height - 4}" text-anchor="end">${x.label}</text>
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

function horizontalGrid({ domain, ticks: given, format }: Axis, toY: Scale, right: number): Html[] {
  const values = given ?? ticks(domain[0], domain[1]);
  const digits = tickDigits(values);
  return values.map((value) => {
    const at = round(toY(value));
    return html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"></line>
<text class="tick" x="${left - 8}" y="${at + 4}" text-anchor="end">${format?.(value, digits) ?? value.toFixed(digits)}</text>`;
  });
}

function verticalTicks({ domain, ticks: given, format }: Axis, toX: Scale): Html[] {
  const values = given ?? ticks(domain[0], domain[1]);
  const digits = tickDigits(values);
  return values.map((value) => {
    const at = round(toX(value));
    return html`<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}"></line>
<text class="tick" x="${at}" y="${bottom + 19}" text-anchor="middle">${format?.(value, digits) ?? value.toFixed(digits)}</text>`;
  });
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
