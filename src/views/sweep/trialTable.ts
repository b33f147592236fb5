import type { SweepResult, TrialResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { fixed, integer } from '../numbers.ts';
import { scroller } from '../scroller.ts';
import { byValue, objectiveName, secondName, showObjective, showParameter, showSecond } from './objective.ts';
import { breakable } from './parameterNames.ts';

/** A longer table scrolls in a box of its own. */
const mostAtFullHeight = 40;

/** All trials, best first; those that failed with their error. */
export function trialTable(result: SweepResult): Html {
  const { objective, secondObjective, trials } = result;
  if (trials.length === 0) return html`<p>No trial has been started.</p>`;
  const names = parameterNames(result);
  const columns = names.length + (secondObjective === null ? 5 : 6);
  return html`<figure><div class="trials${trials.length > mostAtFullHeight && ' tall'}">${scroller(
    'Table of the trials',
    html`<table class="numbers trial-table"><thead><tr><th scope="col">trial</th><th scope="col" class="text">status</th>
<th scope="col">${objectiveName(objective)}</th>${secondObjective && html`<th scope="col">${secondName(secondObjective)}</th>`}
${names.map((name) => html`<th scope="col">${breakable(name)}</th>`)}
<th scope="col">epochs</th><th scope="col">seconds</th></tr></thead>
<tbody>${byValue(result).map((trial) => row(result, trial, names, columns))}</tbody></table>`,
  )}</div>
<figcaption>Sorted by ${objectiveName(objective)}, best first. ${
    result.front.length > 0 && 'A rhombus (◆) marks the trials on the front. '
  }Fractions have four significant digits; the trials’ commands have all. A link leads to the trial’s page, or to its folder where the trial has
not been completed.</figcaption></figure>`;
}

/** Names of the space, then those that only earlier trials have. */
function parameterNames({ parameters, trials }: SweepResult): string[] {
  return [
    ...new Set([...parameters.map(({ name }) => name), ...trials.flatMap((trial) => Object.keys(trial.parameters))]),
  ];
}

function row(
  { objective, secondObjective, best, front }: SweepResult,
  trial: TrialResult,
  names: readonly string[],
  columns: number,
): Html {
  const { number, status, value, second, parameters, curve, seconds, error } = trial;
  const isBest = number === best;
  return html`<tr class="${isBest && 'best-row'}"><th scope="row">${trialLink(trial)}</th><td class="text">${status}${isBest && ', best'}${front.includes(number) && html`<span title="on the front">\u00a0◆</span>`}</td>
<td>${showObjective(objective, value)}</td>${secondObjective && html`<td>${showSecond(secondObjective, second)}</td>`}
${names.map((name) => html`<td>${showParameter(Object.hasOwn(parameters, name) ? parameters[name] : undefined)}</td>`)}
<td>${integer(curve.length)}</td><td>${fixed(seconds, 1)}</td></tr>
${
  error !== null &&
  html`<tr class="error-row"><td class="text" colspan="${columns}"><span>Trial ${number}: ${error}</span></td></tr>
`
}`;
}

/** The trial's number, with a link to its page, or to its folder while it has no page. */
export function trialLink({ number, status, folder }: TrialResult): Html {
  if (status === 'waiting') return html`${number}`;
  const address = folder
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .map((part) => encodeURIComponent(part))
    .join('/');
  return html`<a href="./${address}/${status === 'complete' && 'index.html'}">${number}</a>`;
}
