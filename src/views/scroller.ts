import { type Html, html } from './html.ts';

/** Lets something wide scroll by itself, by keyboard too, rather than the whole page. `label` says what it holds. */
export function scroller(label: string, content: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${content}</div>`;
}
