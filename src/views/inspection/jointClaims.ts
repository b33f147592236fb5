import type { JointClaim } from '../../core/inspection/claims/overSeeds.ts';
import { type Html, html } from '../html.ts';
import { plural } from '../numbers.ts';
import { scroller } from '../scroller.ts';
import { verdictWord } from './verdict.ts';

/** The claims on several models: a row each, a column for each model, and how many agree. */
export function jointClaims(claims: readonly JointClaim[]): Html {
  const models = [...new Set(claims.flatMap(({ verdicts }) => verdicts.map(({ model }) => model)))];
  if (models.length === 0) return html``;
  return html`<figure>${scroller(
    'The claims on several models',
    html`<table class="numbers joint"><thead><tr><th scope="col">statement</th>
<th scope="col" class="text">together</th>${models.map((model) => html`<th scope="col" class="text">${model}</th>`)}</tr></thead>
<tbody>${claims.map(
      ({ statement, verdicts, joint }) => html`<tr><th scope="row">${statement}</th><td class="together">${joint}</td>
${models.map((model) => {
  const found = verdicts.find((one) => one.model === model);
  return html`<td class="text">${found ? html`<span title="${found.because}">${verdictWord(found.verdict)}</span>` : '–'}</td>`;
})}</tr>
`,
    )}</tbody></table>`,
  )}
<figcaption>${agreement(claims, models.length)} Where models that were trained alike disagree, the verdict tells more about
the draw of their starting weights than about such networks.</figcaption></figure>
<details><summary>Why each verdict</summary>${claims.map(
    ({ statement, verdicts }) => html`<h3>${statement}</h3>
<ul class="reasons">${verdicts.map(({ model, verdict, because }) => html`<li><code>${model}</code>: ${verdictWord(verdict)}. ${because}</li>`)}</ul>`,
  )}</details>`;
}

function agreement(claims: readonly JointClaim[], models: number): string {
  if (models === 1) return 'One model alone: nothing to agree on.';
  const agreed = claims.filter(({ verdicts }) =>
    verdicts.every(({ verdict }) => verdict === verdicts[0]!.verdict),
  ).length;
  return `The ${models} models agree on ${agreed} of ${plural(claims.length, 'statement')}.`;
}
