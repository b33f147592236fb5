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

/** The style of bars. */
export const barStyle = `.bars { list-style: none; margin: 0; padding: 0; font-size: .85rem; max-width: 34rem; }
.bars li { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr) 4rem; align-items: center; gap: .6rem; padding: .12rem 0; }
.bars .strong { font-weight: 600; }
.bar-label { overflow-wrap: anywhere; line-height: 1.25; }
.bar-track { position: relative; height: .8rem; background: color-mix(in srgb, var(--rule) 45%, transparent); border-radius: 2px; }
.bar-track i { position: absolute; inset-block: 0; min-width: 1px; background: var(--c2); border-radius: 2px; }
.bar-track .minus { background: var(--c1); }
.bar-value { text-align: right; font-variant-numeric: tabular-nums; }`;
