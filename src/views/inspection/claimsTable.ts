import type { Claim, Verdict } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { roomFor } from '../svg/axes.ts';
import { intervalPlot } from '../svg/intervalPlot.ts';
import { decimals, withInterval } from './estimates.ts';
import { verdictWord } from './verdict.ts';

const order: readonly Verdict[] = ['supported', 'mixed', 'not supported', 'not measured'];

const answers: Readonly<Record<Verdict, string>> = {
  supported: 'This model bears it out.',
  mixed: 'This model bears it out in part only.',
  'not supported': 'This model does not bear it out.',
  'not measured': 'On this model it was not measured.',
};

/** What the usual notebook says, statement by statement, and what was measured of it on this model. */
export function claimsTable(claims: readonly Claim[]): Html {
  if (claims.length === 0) return html``;
  return html`<p>${tally(claims)} Each verdict follows from its figures by a rule that was written before any result.</p>
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
<p>The usual notebook says so. <strong class="seen">${answers[verdict]}</strong> ${because}</p>
<dl class="terms"><div><dt>Measure</dt><dd>${measure}</dd></div>
<div><dt>Control</dt><dd>${control}</dd></div>
<div><dt>Rule</dt><dd>${rule}</dd></div></dl></div>
${figures.length > 0 && html`<div class="claim-figures">${figuresOf(statement, figures)}</div>`}</li>
`;
}

function figuresOf(statement: string, figures: Claim['figures']): Html {
  const format = decimals(3);
  return intervalPlot({
    description: `Figures of the claim: ${statement}`,
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

/** "Of 6 statements, 3 are supported, 1 is mixed and 2 are not supported." */
function tally(claims: readonly Claim[]): string {
  const counts = order
    .map((verdict) => ({ verdict, count: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${count === 1 ? 'is' : 'are'} ${verdict}`);
  const list = counts.length < 2 ? counts.join('') : `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`;
  return `Of ${claims.length === 1 ? '1 statement' : `${claims.length} statements`} of the usual notebook, ${list} on this model.`;
}

/** Claims are worded for terminals too, with straight apostrophes. */
function typographic(text: string): string {
  return text.replaceAll("'", '’');
}
