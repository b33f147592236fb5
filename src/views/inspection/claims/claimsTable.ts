import { agreedClaims, verdictOrder } from '../../../core/inspection/claims/overSeeds.ts';
import type { Claim, JointClaim, Verdict } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { plural } from '../../numbers.ts';
import { scroller } from '../../scroller.ts';
import { roomFor } from '../../svg/axes.ts';
import { intervalPlot } from '../../svg/intervalPlot.ts';
import { decimals, withInterval } from '../format.ts';

const symbols: Readonly<Record<Verdict, string>> = {
  supported: '✓',
  mixed: '≈',
  'not supported': '✗',
  'not measured': '?',
};

/** A verdict as a word with its own symbol; the colour only repeats them. */
function verdictWord(verdict: Verdict): Html {
  return html`<span class="verdict ${verdict.replace(' ', '-')}"><span aria-hidden="true">${symbols[verdict]}</span> ${verdict}</span>`;
}

/** Each claim with its measure, control and rule, the verdict on this model, and the numbers that it follows from. */
export function claimsTable(claims: readonly Claim[]): Html {
  if (claims.length === 0) return html``;
  return html`<p>Common claims about convolutional networks, tested on this model: ${tally(claims)}. Each verdict follows from the
numbers by a fixed rule.</p>
<ul class="claims">${claims.map(claimCard)}</ul>`;
}

function claimCard(claim: Claim): Html {
  const { id, verdict, figures } = claim;
  const [statement, because, measure, control, rule] = [
    claim.statement,
    claim.because,
    claim.measure,
    claim.control,
    claim.rule,
  ].map(typographic) as [string, string, string, string, string];
  return html`<li class="claim" id="claim-${id}">
<div class="claim-words"><h3>${statement}</h3>
<p class="claim-verdict">${verdictWord(verdict)}</p>
<p>${because}</p>
<dl class="terms"><div><dt>Measure</dt><dd>${measure}</dd></div>
<div><dt>Control</dt><dd>${control}</dd></div>
<div><dt>Rule</dt><dd>${rule}</dd></div></dl></div>
${figures.length > 0 && html`<div class="claim-figures">${figuresOf(statement, figures)}</div>`}</li>
`;
}

function figuresOf(statement: string, figures: Claim['figures']): Html {
  const format = decimals(3);
  return intervalPlot({
    description: `Numbers of the claim: ${statement}`,
    rows: figures.map(({ label, estimate }) => ({
      label,
      estimate,
      color: /\b(untrained|random)\b/.test(label) ? 2 : 1,
    })),
    domain: roomFor(
      figures.flatMap(({ estimate: { low, high } }) => [low, high]),
      [0],
    ),
    text: (estimate) => withInterval(estimate, format),
  });
}

/** "3 of 6 supported, 1 mixed, 2 not supported". */
function tally(claims: readonly Claim[]): string {
  return verdictOrder
    .map((verdict) => ({ verdict, count: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }, i) => `${count}${i === 0 ? ` of ${claims.length}` : ''} ${verdict}`)
    .join(', ');
}

/** Claims are printed in terminals too, with straight apostrophes. */
function typographic(text: string): string {
  return text.replaceAll("'", '’');
}

/** The claims on several models: a row per claim, a column per model, and on how many they agree. */
export function jointClaims(claims: readonly JointClaim[]): Html {
  const models = [...new Set(claims.flatMap(({ verdicts }) => verdicts.map(({ model }) => model)))];
  if (models.length === 0) return html``;
  return html`<figure>${scroller(
    'Verdicts on several models',
    html`<table class="numbers joint"><thead><tr><th scope="col">claim</th>
<th scope="col" class="text">all models</th>${models.map((model) => html`<th scope="col" class="text">${model}</th>`)}</tr></thead>
<tbody>${claims.map(
      ({ statement, verdicts, joint }) => html`<tr><th scope="row">${statement}</th><td class="together">${joint}</td>
${models.map((model) => {
  const found = verdicts.find((one) => one.model === model);
  return html`<td class="text">${found ? html`<span title="${found.because}">${verdictWord(found.verdict)}</span>` : '–'}</td>`;
})}</tr>
`,
    )}</tbody></table>`,
  )}
<figcaption>${
    models.length === 1
      ? 'There is only one model.'
      : `The ${models.length} models agree on ${agreedClaims(claims)} of ${plural(claims.length, 'claim')}.`
  } If models that differ only in their seed disagree, the verdict depends on the initial weights.</figcaption></figure>
<details><summary>The reason for each verdict</summary>${claims.map(
    ({ statement, verdicts }) => html`<h3>${statement}</h3>
<ul class="reasons">${verdicts.map(({ model, verdict, because }) => html`<li><code>${model}</code>: ${verdictWord(verdict)}. ${because}</li>`)}</ul>`,
  )}</details>`;
}
