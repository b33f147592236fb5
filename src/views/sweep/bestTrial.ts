import type {
  ParameterValue,
  SweepParameter,
  SweepResult,
  TrialResult,
  TrialStatus,
} from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { integer, plural } from '../numbers.ts';
import { commandLine } from '../reproduce.ts';
import { scroller } from '../scroller.ts';
import { capital, hasValue, objectiveName, secondName, showObjective, showParameter, showSecond } from './objective.ts';
import { breakable } from './parameterNames.ts';
import { trialLink } from './trialTable.ts';

const statuses: readonly TrialStatus[] = ['complete', 'stopped', 'failed', 'running', 'paused', 'waiting'];

/** The best value, what was searched, the best trial's parameters beside the space, and its command line. */
export function bestTrial(result: SweepResult): Html {
  const { objective, secondObjective, trials, parameters } = result;
  const best = trials.find(({ number }) => number === result.best);
  const epochs = trials.reduce((sum, { curve }) => sum + curve.length, 0);
  const second =
    secondObjective !== null &&
    figure(
      capital(secondName(secondObjective)),
      showSecond(secondObjective, best?.second ?? null),
      'of the best trial',
    );
  return html`${notice(trials)}
<dl class="figures">
${figure(`Best ${objectiveName(objective)}`, showObjective(objective, best?.value ?? null), best === undefined ? 'no trial has a value' : html`trial ${trialLink(best)}${chosenFrom(trials)}`, 'first')}
${figure('Trials', integer(trials.length), counts(trials))}
${figure('Searched parameters', integer(parameters.length), `by ${samplerName(result)}`)}
${second}
${figure('Epochs', integer(epochs), 'all trials together')}
${figure('Trial time', duration(trials.reduce((sum, { seconds }) => sum + (Number.isFinite(seconds) ? seconds : 0), 0)), 'sum over the trials')}
</dl>
${space(parameters, best)}
${best !== undefined && command(best, objectiveName(objective), trials.filter(hasValue).length)}`;
}

function command(best: TrialResult, metric: string, valued: number): Html {
  return html`<h3 class="part">Command of the best trial</h3>
${commandLine(best.command.split(' '))}
${
  valued > 1 &&
  html`<p class="note">The trial was chosen by its ${metric} out of ${plural(valued, 'trial')} with a value. The best of several values is
optimistic: on other images, the same network is likely to do a little worse.</p>`
}`;
}

function chosenFrom(trials: readonly TrialResult[]): string {
  return `, of ${plural(trials.filter(hasValue).length, 'trial')} with a value`;
}

function notice(trials: readonly TrialResult[]): Html | null {
  const open = trials.filter(({ status }) => status === 'running' || status === 'paused' || status === 'waiting');
  if (open.length === 0) return null;
  return html`<p class="notice"><strong>This sweep is not finished</strong>: ${counts(open)}. All figures are of the time when this page was
written.</p>`;
}

function counts(trials: readonly TrialResult[]): string {
  return statuses
    .map((status) => [trials.filter((trial) => trial.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${integer(count)} ${status}`)
    .join(', ');
}

/** "TPE, seed 0", for the middle of a sentence. */
export function samplerName({ sampler, seed }: SweepResult): string {
  return { grid: 'grid search', random: `random search, seed ${seed}`, tpe: `TPE, seed ${seed}` }[sampler];
}

function space(parameters: readonly SweepParameter[], best: TrialResult | undefined): Html | null {
  if (parameters.length === 0) return null;
  return html`<h3 class="part">Search space</h3>
${scroller(
  'Search space',
  html`<table class="numbers space"><thead><tr><th scope="col">parameter</th>${best && html`<th scope="col">best trial</th>`}<th scope="col" class="text">searched</th></tr></thead>
<tbody>${parameters.map(
    (
      parameter,
    ) => html`<tr><th scope="row"><code>${breakable(parameter.name)}</code></th>${best && html`<td>${showParameter(own(best.parameters, parameter.name))}</td>`}<td class="text">${range(parameter)}</td></tr>
`,
  )}</tbody></table>`,
)}`;
}

function range(parameter: SweepParameter): string {
  if (parameter.kind === 'choice') return parameter.choices.map(showParameter).join(', ');
  const { low, high, log, step, kind } = parameter;
  if (low === high) return `${showParameter(low)} only`;
  return [
    `${showParameter(low)} to ${showParameter(high)}`,
    kind === 'whole' && (step === null || step === 1) && 'whole numbers',
    step !== null && !(kind === 'whole' && step === 1) && `in steps of ${showParameter(step)}`,
    log && 'logarithmic',
  ]
    .filter((part) => part !== false)
    .join(', ');
}

function own(parameters: Readonly<Record<string, ParameterValue>>, name: string): ParameterValue | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}

function figure(term: string, value: string, aside: string | Html, kind = ''): Html {
  return html`<div class="${kind}"><dt>${term}</dt><dd class="value">${value}</dd><dd class="aside">${aside}</dd></div>
`;
}

/** 4210 → "1 h 10 min". */
function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min`;
}
