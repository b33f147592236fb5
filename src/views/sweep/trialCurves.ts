import type { SweepResult, TrialResult, TrialStatus } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { plural } from '../numbers.ts';
import { roomFor } from '../svg/axes.ts';
import { linearScale, ticks } from '../svg/scale.ts';
import {
  type MarkKind,
  percentAt,
  percentRange,
  plotMark,
  stretchedPath,
  stretchedPlot,
} from '../svg/stretchedPlot.ts';
import { colorKey } from './colorKey.ts';
import {
  beyondEdge,
  byValue,
  capital,
  objectiveName,
  objectiveTick,
  shownValues,
  tints,
  trialInWords,
} from './objective.ts';

/** What stands at the end of a curve. */
const endMarks = {
  waiting: 'ring',
  running: 'ring',
  paused: 'ring',
  complete: 'dot',
  stopped: 'dash',
  failed: 'cross',
} as const satisfies Record<TrialStatus, MarkKind>;

/** The objective's metric by epoch, one curve per trial. */
export function trialCurves(result: SweepResult): Html | null {
  const { objective, best } = result;
  const curves = byValue(result)
    .reverse()
    .map((trial) => ({ trial, points: curve(result, trial) }))
    .filter(({ points }) => points.length > 0);
  if (curves.length === 0) return null;
  const inOrder = [
    ...curves.filter(({ trial }) => trial.number !== best),
    ...curves.filter(({ trial }) => trial.number === best),
  ];
  const all = curves.flatMap(({ points }) => points.map(([, value]) => value));
  const shown = shownValues(all, objective);
  const domain = roomFor(shown);
  const last = Math.max(...curves.flatMap(({ points }) => points.map(([epoch]) => epoch)));
  const first = Math.min(...curves.flatMap(({ points }) => points.map(([epoch]) => epoch)));
  const toX = linearScale([first, last], percentRange);
  const within = (value: number) => Math.min(domain[1], Math.max(domain[0], value));
  const strengths = tints(result);
  const strength = ({ number }: TrialResult) => strengths.get(number) ?? 0;
  const kind = ({ number, status }: TrialResult) => (number === best ? 'best' : `valued ${status}`);
  return html`<figure>${colorKey(result)}
${legend(curves.map(({ trial }) => trial))}
${stretchedPlot({
  description: `${capital(objectiveName(objective))} by epoch of ${plural(curves.length, 'trial')}. ${bestInWords(result)}`,
  x: { label: 'epochs', domain: [first, last], ticks: ticks(first, last, 9).filter(Number.isInteger), format: String },
  toX,
  y: {
    label: objectiveName(objective),
    domain,
    format: (value, digits) => objectiveTick(objective, value, digits),
  },
  lines: (toY) =>
    html`${inOrder.map(
      ({
        trial,
        points,
      }) => html`<path class="trial ${kind(trial)}" style="--tint:${strength(trial)}%" d="${stretchedPath(points.map(([epoch, value]) => [toX(epoch), toY(value)]))}"><title>${trialInWords(result, trial)}</title></path>
`,
    )}`,
  marks: (toY) =>
    html`${inOrder.map(({ trial, points }) => {
      const [epoch, value] = points.at(-1)!;
      const isBest = trial.number === best;
      const mark = plotMark(
        isBest && trial.status === 'complete' ? 'square' : endMarks[trial.status],
        percentAt(toX(epoch)),
        toY(within(value)),
        kind(trial),
        trialInWords(result, trial),
      );
      return html`<g style="--tint:${strength(trial)}%">${mark}</g>${isBest && bestLabel(trial, toX(epoch), toY(within(value)))}`;
    })}`,
})}
<figcaption>After each epoch, on the validation images. The shape at a curve’s end says what became of the trial; lines of
stopped trials are dashed, of failed ones dotted. ${bestInWords(result)}${beyondEdge(all, domain, 'value')}</figcaption></figure>`;
}

function curve({ objective }: SweepResult, { curve }: TrialResult): (readonly [number, number])[] {
  const metric = objective.metric === 'validationAccuracy' ? 'accuracy' : 'loss';
  return curve
    .map((point) => [point.epoch, point[metric]] as const)
    .filter((point) => point.every((coordinate) => Number.isFinite(coordinate)));
}

function bestLabel({ number }: TrialResult, x: number, y: number): Html {
  const anchor = x > 60 ? 'end' : 'start';
  return html`<text class="best-label" x="${percentAt(x)}" y="${Math.round(y - 9)}" text-anchor="${anchor}">trial ${number}</text>`;
}

function bestInWords({ best, trials }: SweepResult): string {
  const trial = trials.find(({ number }) => number === best);
  return trial === undefined ? '' : `The best is trial ${trial.number}, after ${plural(trial.curve.length, 'epoch')}.`;
}

function legend(trials: readonly TrialResult[]): Html {
  const statuses = (Object.keys(endMarks) as TrialStatus[]).filter((status) =>
    trials.some((trial) => trial.status === status),
  );
  return html`<ul class="legend">${statuses.map(
    (status) =>
      html`<li><svg viewBox="0 0 30 12" width="30" height="12" aria-hidden="true"><path class="trial valued ${status}" style="--tint:70%" d="M1 6H23"></path><g style="--tint:70%">${plotMark(endMarks[status], 23, 6, `valued ${status}`, null)}</g></svg> ${status} (${trials.filter((trial) => trial.status === status).length})</li>`,
  )}</ul>`;
}
