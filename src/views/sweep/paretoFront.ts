import type { SweepResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { compact, plural } from '../numbers.ts';
import { roomFor } from '../svg/axes.ts';
import { logScale, logTicks } from '../svg/logScale.ts';
import { linearScale, ticks } from '../svg/scale.ts';
import { percentAt, percentRange, plotMark, stretchedPlot } from '../svg/stretchedPlot.ts';
import {
  beyondEdge,
  capital,
  hasValue,
  objectiveName,
  objectiveTick,
  type SecondObjective,
  secondName,
  shownValues,
  trialInWords,
  type ValuedTrial,
} from './objective.ts';

type MeasuredTrial = ValuedTrial & { readonly second: number };

/** More numbers than this overlap. */
const mostLabels = 12;

/** The objective against the second one, with the trials that no other beats in both; null without a second objective. */
export function paretoFront(result: SweepResult): Html | null {
  const { objective, secondObjective, front } = result;
  const trials = result.trials.filter(isMeasured);
  if (secondObjective === null || trials.length === 0) return null;
  const onFront = trials.filter(({ number }) => front.includes(number)).sort((a, b) => a.second - b.second);
  const others = trials.filter(({ number }) => !front.includes(number));
  const values = trials.map(({ value }) => value);
  const domain = roomFor(shownValues(values, objective));
  const seconds = trials.map(({ second }) => second);
  const range: readonly [number, number] = [Math.min(...seconds), Math.max(...seconds)];
  const isLog = range[0] > 0 && range[1] / range[0] >= 8;
  const toX = (isLog ? logScale : linearScale)(range, percentRange);
  const within = (value: number) => Math.min(domain[1], Math.max(domain[0], value));
  const inWords = `On the front: ${plural(onFront.length, 'trial')} of ${trials.length}${
    onFront.length > 0 ? `, from the cheapest: ${onFront.map(({ number }) => number).join(', ')}` : ''
  }.`;
  return html`<figure>
<ul class="legend"><li><svg viewBox="0 0 30 12" width="30" height="12" aria-hidden="true"><path class="trial best" d="M1 6H29"></path>${plotMark('square', 15, 6, 'best', null)}</svg> on the front (${onFront.length})</li>
<li><svg viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">${plotMark('ring', 7, 6, 'c1', null)}</svg> other trials (${others.length})</li></ul>
${stretchedPlot({
  description: `${capital(objectiveName(objective))} against ${secondName(secondObjective)} of ${plural(trials.length, 'trial')}. ${inWords}`,
  x: {
    label: `${secondName(secondObjective)}${isLog ? ', logarithmic' : ''}`,
    domain: range,
    ticks: isLog ? logTicks(...range, 5) : ticks(...range, 6),
    format: (value, digits) => secondTick(secondObjective, value, digits),
  },
  toX,
  y: { label: objectiveName(objective), domain, format: (value, digits) => objectiveTick(objective, value, digits) },
  lines: (toY) =>
    html`${onFront.length > 0 && html`<path class="trial best" d="${steps(onFront.map((trial) => [toX(trial.second), toY(within(trial.value))]))}"></path>`}`,
  marks: (toY) =>
    html`${others.map((trial) =>
      plotMark('ring', percentAt(toX(trial.second)), toY(within(trial.value)), 'c1', trialInWords(result, trial)),
    )}${onFront.map((trial) => {
      const [x, y] = [toX(trial.second), toY(within(trial.value))];
      const label = html`<svg x="${percentAt(x)}" y="${Math.round(y)}" overflow="visible"><text class="best-label" x="${x > 90 ? -7 : 7}" y="-7" text-anchor="${x > 90 ? 'end' : 'start'}">${trial.number}</text></svg>`;
      return html`${plotMark('square', percentAt(x), y, 'best', trialInWords(result, trial))}${onFront.length <= mostLabels && label}`;
    })}`,
})}
<figcaption>Each mark is a trial. Complete trials are on the front if no other complete one is better in one of the two and at least as
good in the other; the line joins the front in steps. ${inWords}${beyondEdge(values, domain, 'value')}</figcaption></figure>`;
}

function isMeasured(trial: SweepResult['trials'][number]): trial is MeasuredTrial {
  return hasValue(trial) && trial.second !== null && Number.isFinite(trial.second);
}

/** Right at one height, then to the next: between two trials, the best that costs no more is the left one. */
function steps(points: readonly (readonly [number, number])[]): string {
  const round = (value: number) => Math.round(value * 100) / 100;
  return points.map(([x, y], i) => (i === 0 ? `M${round(x)} ${round(y)}` : `H${round(x)}V${round(y)}`)).join('');
}

function secondTick({ metric }: SecondObjective, value: number, digits: number): string {
  return metric === 'seconds' || value < 1 ? value.toFixed(digits) : compact(value).replace(/\.?0+(?=\u00a0)/, '');
}
