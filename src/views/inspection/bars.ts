import { type Html, html } from '../html.ts';
import { amount } from './reportLayers.ts';

export interface Bar {
  readonly label: string | Html;
  readonly value: number;
  /** Whether to set it apart. */
  readonly strong?: boolean;
}

/** Horizontal bars from a common zero, with their numbers. Values below 0 go to the left. */
export function barList(bars: readonly Bar[], format: (value: number) => string = amount, kind = ''): Html {
  const finite = bars.map(({ value }) => (Number.isFinite(value) ? value : 0));
  const low = Math.min(0, ...finite);
  const extent = Math.max(0, ...finite) - low || 1;
  const share = (value: number) => Math.round((value / extent) * 1000) / 10;
  return html`<ul class="bars ${kind}">${bars.map(({ label, value, strong }, i) => {
    const left = share(Math.min(0, finite[i]!) - low);
    return html`<li class="${strong && 'strong'}"><span class="bar-label">${label}</span><span class="bar-track" aria-hidden="true"><i class="${value < 0 && 'minus'}" style="left: ${left}%; width: ${share(Math.abs(finite[i]!))}%"></i></span><span class="bar-value">${format(value)}</span></li>`;
  })}</ul>`;
}
