import type { Estimate } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { tickMarks, type ValueAxis } from './axes.ts';
import { linearScale } from './scale.ts';

export interface IntervalRow {
  readonly label: string;
  readonly estimate: Estimate;
  /** 1 to 4: a colour of the page's palette. 1 is drawn with circles, all others with squares. */
  readonly color?: number;
}

export interface IntervalPlotOptions extends Pick<ValueAxis, 'domain' | 'format'> {
  /** What the list shows. */
  readonly description: string;
  readonly rows: readonly IntervalRow[];
  /** Value and interval in words. */
  readonly text: (estimate: Estimate) => string;
}

/**
 * Estimates with their 95 % intervals, one below the other on one scale: a name, a drawing and the figures. The
 * drawings stretch with their column, while text keeps its size.
 */
export function intervalPlot({ description, rows, text, ...scale }: IntervalPlotOptions): Html {
  const { domain } = scale;
  // Room at both ends for marks and for half a tick's text.
  const toX = linearScale(domain, [5, 95]);
  const at = (value: number) => `${Math.round(toX(value) * 100) / 100}%`;
  const zero = domain[0] < 0 && domain[1] > 0;
  return html`<ul class="intervals" aria-label="${description}">${rows.map(
    ({ label, estimate, color = 1 }) => html`<li><span class="interval-label">${label}</span>
<svg class="interval-row c${color}" height="18" role="img" aria-label="${label}: ${text(estimate)}">
<line class="grid" x1="0%" x2="100%" y1="9" y2="9"></line>
${zero && html`<line class="axis" x1="${at(0)}" x2="${at(0)}" y1="0" y2="18"></line>`}
<line class="interval" x1="${at(estimate.low)}" x2="${at(estimate.high)}" y1="9" y2="9"></line>
${mark(color, at(estimate.value))}</svg>
<span class="interval-text">${text(estimate)}</span></li>
`,
  )}<li class="interval-axis" aria-hidden="true">${axis(scale, at)}</li></ul>`;
}

function mark(color: number, at: string): Html {
  return color === 1
    ? html`<circle class="mark" cx="${at}" cy="9" r="3.8"></circle>`
    : html`<svg x="${at}" y="9" overflow="visible"><rect class="mark" x="-3.4" y="-3.4" width="6.8" height="6.8"></rect></svg>`;
}

function axis(scale: Pick<ValueAxis, 'domain' | 'format'>, at: (value: number) => string): Html {
  return html`<svg class="interval-row" height="20">${tickMarks(scale).map(
    ({ value, text }) => html`<line class="axis" x1="${at(value)}" x2="${at(value)}" y1="0" y2="4"></line>
<text class="tick" x="${at(value)}" y="16" text-anchor="middle">${text}</text>`,
  )}</svg>`;
}
