import { type Html, html } from '../html.ts';
import { amount } from './format.ts';

export interface Bar {
  readonly label: string | Html;
  /** Null if it is not finite. */
  readonly value: number | null;
  /** Whether it is emphasised. */
  readonly strong?: boolean;
}

/** Horizontal bars from a common zero, with their numbers. Values below 0 extend to the left. */
export function barList(bars: readonly Bar[], format: (value: number | null) => string = amount, kind = ''): Html {
  const finite = bars.map(({ value }) => value ?? 0);
  const low = Math.min(0, ...finite);
  const extent = Math.max(0, ...finite) - low || 1;
  const share = (value: number) => Math.round((value / extent) * 1000) / 10;
  return html`<ul class="bars ${kind}">${bars.map(({ label, value, strong }, i) => {
    const left = share(Math.min(0, finite[i]!) - low);
    return html`<li class="${strong && 'strong'}"><span class="bar-label">${label}</span><span class="bar-track" aria-hidden="true"><i class="${finite[i]! < 0 && 'minus'}" style="left: ${left}%; width: ${share(Math.abs(finite[i]!))}%"></i></span><span class="bar-value">${format(value)}</span></li>`;
  })}</ul>`;
}
