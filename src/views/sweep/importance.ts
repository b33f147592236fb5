import type { SweepResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { barList } from '../inspection/bars.ts';
import { percent } from '../numbers.ts';
import { objectiveName } from './objective.ts';
import { breakable } from './parameterNames.ts';

/** The shares of the parameters by PED-ANOVA, largest first; null with too few trials, or with nothing to compare. */
export function importance({ importance: shares, objective }: SweepResult): Html | null {
  if (shares === null || shares.length < 2) return null;
  const bars = shares
    .map(({ name, share }) => ({ label: breakable(name), value: Number.isFinite(share) ? share : null }))
    .sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  return html`<figure>${barList(bars, (share) => percent(share, 1))}
<figcaption>PED-ANOVA (Watanabe and others, 2023): the share of each parameter in the variance explained among the best quantile of the
finished trials, by ${objectiveName(objective)}. A large share says that the best trials’ values of the parameter are distributed differently from
those of all trials. Each parameter is looked at alone, without interactions. The shares describe the trials of this sweep;
they do not say that a change of the parameter causes a better result.</figcaption></figure>`;
}
