import { type Html, html } from '../html.ts';

/** Where something was published. */
export interface Citation {
  /** Authors and year, as in running text. */
  readonly name: string;
  readonly href: string;
}

/** "(Hoyer 2004)", with its address. */
export function citation({ name, href }: Citation): Html {
  return html`<span class="citation">(<a href="${href}">${name}</a>)</span>`;
}
