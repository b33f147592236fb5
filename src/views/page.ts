import { type Html, html, raw } from './html.ts';
import { style } from './style.ts';

export interface PageSection {
  /** Unique in the page; the address of the section. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export interface PageOptions {
  readonly title: string;
  /** A word or two above the title. */
  readonly eyebrow: string;
  /** One sentence below the title. */
  readonly lead: Html;
  readonly sections: readonly PageSection[];
  readonly footer: Html;
  /** CSS of this page's own, after every page's. */
  readonly styles?: string;
}

/**
 * One self-contained HTML document: landmarks, a skip link, a table of contents and inline CSS. Its content security
 * policy lets it load nothing but the pictures that it carries, and run no script.
 */
export function page({ title, eyebrow, lead, sections, footer, styles = '' }: PageOptions): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style + styles)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header>
<p class="eyebrow">${eyebrow}</p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="content" tabindex="-1">
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`,
)}</main>
<footer>${footer}</footer>
</body>
</html>
`.markup;
}
