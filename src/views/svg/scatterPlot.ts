import type { Estimate } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { type Frame, lowerAxis, round, type ValueAxis, valueAxis } from './axes.ts';
import { linearScale } from './scale.ts';

export interface ScatterPoint {
  readonly x: number;
  readonly y: Estimate;
  /** Shown on hover. */
  readonly title: string;
}

export interface ScatterPlotOptions {
  /** Text alternative. */
  readonly description: string;
  readonly x: ValueAxis;
  readonly y: ValueAxis;
  readonly points: readonly ScatterPoint[];
}

const width = 340;
const height = 240;

/** Points over two linear axes, each with a light vertical bar for its 95 % interval, as one SVG. */
export function scatterPlot({ description, x, y, points }: ScatterPlotOptions): Html {
  const frame: Frame = { left: 42, right: width - 14, top: 28, bottom: height - 40 };
  const { toY, drawn } = valueAxis(y, frame);
  const toX = linearScale(x.domain, [frame.left, frame.right]);
  return html`<svg class="plot scatter" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${drawn}<line class="axis" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"></line>
${lowerAxis(x, toX, frame, height - 5)}
<g class="c1">${points.map(({ x: at, y: { low, high } }) => {
    const px = round(toX(at));
    return html`<line class="interval light" x1="${px}" x2="${px}" y1="${round(toY(low))}" y2="${round(toY(high))}"></line>`;
  })}
${points.map(
  ({ x: at, y: { value }, title }) =>
    html`<circle class="mark" cx="${round(toX(at))}" cy="${round(toY(value))}" r="3.6"><title>${title}</title></circle>
`,
)}</g></svg>`;
}
