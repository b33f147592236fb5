import { type Html, html } from '../html.ts';
import { round, tickMarks, type ValueAxis, valueAxis } from './axes.ts';
import type { Scale } from './scale.ts';

export type MarkKind = 'dot' | 'ring' | 'square' | 'dash' | 'cross';

export interface StretchedPlotOptions {
  /** Text alternative. */
  readonly description: string;
  readonly x: ValueAxis;
  /** To percent of the width, as `toPercent` makes it. */
  readonly toX: Scale;
  readonly y: ValueAxis;
  /** Drawn in the frame and cut off there, in percent of the width and in pixels of the height. */
  readonly lines: (toY: Scale) => Html;
  /** Drawn above the lines: marks and their labels, with `x` in percent. */
  readonly marks: (toY: Scale) => Html;
}

const height = 340;
const frame = { left: 0, right: 100, top: 30, bottom: height - 44 };

/** The frame's sides in percent of the width, with room for marks. */
export const percentRange: readonly [number, number] = [2, 98];

/** Lines and marks over two axes in one SVG that stretches with its column, while its text keeps its size. */
export function stretchedPlot({ description, x, toX, y, lines, marks }: StretchedPlotOptions): Html {
  const { toY } = valueAxis(y, frame);
  return html`<div class="stretched"><svg class="plot" height="${height}" role="img" aria-label="${description}">
<text class="axis-name" x="-52" y="12">${y.label}</text>
${tickMarks(y).map(({ value, text }) => {
  const at = round(toY(value));
  return html`<line class="grid" x1="0%" x2="100%" y1="${at}" y2="${at}"></line>
<text class="tick" x="-6" y="${round(at + 4)}" text-anchor="end">${text}</text>`;
})}
<line class="axis" x1="0%" x2="100%" y1="${frame.bottom}" y2="${frame.bottom}"></line>
${tickMarks(x).map(({ value, text }) => {
  const at = percentAt(toX(value));
  return html`<line class="axis" x1="${at}" x2="${at}" y1="${frame.bottom}" y2="${frame.bottom + 4}"></line>
<text class="tick" x="${at}" y="${frame.bottom + 18}" text-anchor="middle">${text}</text>`;
})}
<text class="axis-name" x="100%" y="${height - 6}" text-anchor="end">${x.label}</text>
${stretched(frame.top, frame.bottom, lines(toY))}
${marks(toY)}</svg></div>`;
}

/** A part of an SVG from `top` to `bottom` whose x coordinates are percent of the width; strokes keep their width. */
export function stretched(top: number, bottom: number, content: Html): Html {
  return html`<svg x="0" y="${top}" width="100%" height="${bottom - top}" viewBox="0 ${top} 100 ${bottom - top}" preserveAspectRatio="none" aria-hidden="true">
${content}</svg>`;
}

/** A path through points in percent of the width and pixels of the height; a null interrupts it. */
export function stretchedPath(points: readonly (readonly [number, number] | null)[]): string {
  return points
    .map((point, i) => {
      if (point === null) return '';
      const command = i === 0 || points[i - 1] === null ? 'M' : 'L';
      return `${command}${Math.round(point[0] * 100) / 100} ${round(point[1])}`;
    })
    .join('');
}

export function percentAt(x: number): string {
  return `${Math.round(x * 100) / 100}%`;
}

/** A mark of its own shape; `x` is a length of SVG, such as "12%". */
export function plotMark(kind: MarkKind, x: string | number, y: number, style: string, title: string | null): Html {
  const hover = title === null ? null : html`<title>${title}</title>`;
  const at = round(y);
  if (kind === 'dot' || kind === 'ring') {
    return html`<circle class="plot-mark ${kind} ${style}" cx="${x}" cy="${at}" r="3.4">${hover}</circle>
`;
  }
  const shape = {
    square: html`<rect x="-4" y="-4" width="8" height="8">${hover}</rect>`,
    dash: html`<path d="M-5 0H5">${hover}</path>`,
    cross: html`<path d="M-4-4L4 4M-4 4L4-4">${hover}</path>`,
  }[kind];
  return html`<svg class="plot-mark ${kind} ${style}" x="${x}" y="${at}" overflow="visible" aria-hidden="true">${shape}</svg>
`;
}
