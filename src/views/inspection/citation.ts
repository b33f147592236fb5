import { type Html, html } from '../html.ts';
import type { Citation } from './methods.ts';

/** "(Hoyer 2004)", with its address. */
export function citation({ name, href }: Citation): Html {
  return html`<span class="citation">(<a href="${href}">${name}</a>)</span>`;
}
