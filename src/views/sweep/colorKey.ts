import type { SweepResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { objectiveName, showObjective } from './objective.ts';

/** The colours of trials: from the worst value that is shown to the best. */
export function colorKey({ objective, best }: SweepResult, [low, high]: readonly [number, number]): Html | null {
  if (!(high > low)) return null;
  const [worst, top] = objective.direction === 'maximize' ? [low, high] : [high, low];
  return html`<p class="trial-colors"><span>${objectiveName(objective)}</span> <span class="trial-ramp-ends">${showObjective(objective, worst)}
<span class="trial-ramp" role="img" aria-label="colour scale: palest at the left, strongest at the right"></span>
${showObjective(objective, top)}</span>${
    best !== null &&
    html` <span><svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true"><path class="trial best" d="M1 6H21"></path></svg> best trial</span>`
  }</p>`;
}
