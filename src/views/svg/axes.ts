import { type Html, html } from '../html.ts';
import { linearScale, type Scale, tickDigits, ticks } from './scale.ts';

/** An axis of a quantity. */
export interface ValueAxis {
  /** The quantity and its unit; printed beside the axis. */
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly ticks?: readonly number[];
  /** `digits`: decimals that distinguish the ticks. */
  readonly format?: (value: number, digits: number) => string;
}

/** The part of a plot in which data are drawn. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Grid lines with their values, the line at zero, and the axis' name; and the scale they follow. */
export function valueAxis(axis: ValueAxis, frame: Frame): { toY: Scale; drawn: Html } {
  const toY = linearScale(axis.domain, [frame.bottom, frame.top]);
  const drawn = html`<text class="axis-name" x="0" y="12">${axis.label}</text>
${tickMarks(axis).map(({ value, text }) => {
  const at = round(toY(value));
  return html`<line class="${value === 0 ? 'axis' : 'grid'}" x1="${frame.left}" x2="${frame.right}" y1="${at}" y2="${at}"></line>
<text class="tick" x="${frame.left - 6}" y="${at + 4}" text-anchor="end">${text}</text>`;
})}`;
  return { toY, drawn };
}

/** Ticks below a frame with their values, and the axis' name at the given height. */
export function lowerAxis(axis: ValueAxis, toX: Scale, { right, bottom }: Frame, nameAt: number): Html {
  return html`${tickMarks(axis).map(({ value, text }) => {
    const at = round(toX(value));
    return html`<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}"></line>
<text class="tick" x="${at}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
  })}<text class="axis-name" x="${right}" y="${nameAt}" text-anchor="end">${axis.label}</text>`;
}

/** At most `longest` characters of a name. */
export function shorten(name: string, longest: number): string {
  return name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
}

/** An axis' ticks, with their values as text with a true minus sign. */
export function tickMarks({ domain, ticks: given, format }: Omit<ValueAxis, 'label'>) {
  const values = given ?? ticks(domain[0], domain[1]);
  const digits = tickDigits(values);
  return values.map((value) => {
    const text = format?.(value, digits) ?? value.toFixed(digits);
    return { value, text: text.replace(/^-/, '−') };
  });
}

/**
 * The domain that holds all values with a little air; `least` holds what it must reach in any case, such as 0. Never
 * empty.
 */
export function roomFor(values: readonly number[], least: readonly number[] = []): [number, number] {
  const low = Math.min(...values, ...least);
  const high = Math.max(...values, ...least);
  if (!(high > low)) return Number.isFinite(low) ? [low - 0.5, high + 0.5] : [0, 1];
  const air = (high - low) * 0.05;
  return [least.includes(low) ? low : low - air, least.includes(high) ? high : high + air];
}

/** A coordinate to a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
