import type { SweepResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { byValue, hasValue, objectiveName, showObjective } from './objective.ts';

/** The colours of trials by rank, with the worst, the middle and the best value. */
export function colorKey(result: SweepResult): Html | null {
  const { objective, best } = result;
  const values = byValue(result)
    .filter(hasValue)
    .map(({ value }) => value);
  if (values.length < 2) return null;
  const half = (values.length - 1) / 2;
  const median = (values[Math.floor(half)]! + values[Math.ceil(half)]!) / 2;
  const [worst, middle, top] = [values.at(-1)!, median, values[0]!].map((value) => showObjective(objective, value));
  return html`<div class="trial-colors"><p>${objectiveName(objective)}, by rank</p>
<p class="trial-scale"><span class="trial-ramp"></span><span>worst<br>${worst}</span><span>median<br>${middle}</span><span>best<br>${top}</span></p>
${
  best !== null &&
  html`<p><svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true"><path class="trial best" d="M1 6H21"></path></svg> trial ${best}, the best</p>`
}</div>`;
}
