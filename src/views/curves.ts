import type { EpochMetrics, StepMetrics } from '../core/training/history.ts';
import { type Html, html } from './html.ts';
import { fixed, integer, percent } from './numbers.ts';
import { scroller } from './scroller.ts';
import { linePlot, type Point, type Series } from './svg/linePlot.ts';
import { ticks } from './svg/scale.ts';

/** The history of a training run. `stepsPerEpoch` places the steps of an unfinished epoch. */
export interface CurvesOptions {
  readonly history: readonly EpochMetrics[];
  readonly steps: readonly StepMetrics[];
  readonly stepsPerEpoch: number;
  /** Of the final weights: drawn as one point at the end. */
  readonly test: { readonly loss: number; readonly accuracy: number };
}

type Measure = 'loss' | 'accuracy';

const mostPointsInALine = 600;

/** Loss and accuracy by epoch, side by side, and a table of them. */
export function curves(options: CurvesOptions): Html {
  return html`<div class="pair">${curve('loss', options)}${curve('accuracy', options)}</div>
${options.history.length > 0 ? epochTable(options.history) : null}`;
}

function curve(measure: Measure, { history, steps, stepsPerEpoch, test }: CurvesOptions): Html {
  const validation = history.flatMap((epoch): Point[] => {
    const value = measure === 'loss' ? epoch.validationLoss : epoch.validationAccuracy;
    return value === undefined ? [] : [[epoch.epoch, value]];
  });
  const lines = runningLines(measure, steps, history, stepsPerEpoch);
  const end = Math.max(1, history.length, ...lines.map((line) => Math.ceil(line.at(-1)![0])));
  const lastX = Math.max(history.length, ...lines.map((line) => line.at(-1)![0]));
  const training: Point[] = history.map((epoch) => [epoch.epoch, epoch[measure]]);
  const marks: Point[] = [...training, ...validation, [lastX, test[measure]]];
  const all = [...marks, ...lines.flat()].map(([, value]) => value);
  // The first steps are far from the rest: with finished epochs, the frame is chosen for those.
  const main = (history.length > 0 ? marks.map(([, value]) => value) : all).filter(Number.isFinite);
  const domain: readonly [number, number] =
    measure === 'loss' ? [0, Math.max(...main) * 1.3 || 1] : [lowestShown(main), 1];
  const isCut = all.some((value) => value < domain[0] || value > domain[1]);
  const format = measure === 'loss' ? (value: number) => fixed(value) : (value: number) => percent(value);

  const series: Series[] = [
    { name: 'training', color: 1, lines, marks: training },
    ...(validation.length > 0
      ? [{ name: 'validation', color: 2, marks: validation, lines: [validation], markShape: 'square' as const }]
      : []),
    {
      name: 'test, final weights',
      color: 3,
      marks: [[lastX, test[measure]]],
      markShape: 'diamond',
      label: format(test[measure]),
    },
  ];
  const title = measure === 'loss' ? 'Loss' : 'Accuracy';
  return html`<figure><h3>${title}</h3>
${linePlot({
  description: `${title} by epoch. ${summary(measure, history, format)} Test: ${format(test[measure])}.`,
  x: { label: 'epochs', domain: [0, end], ticks: wholeTicks(end) },
  y: {
    label: measure === 'loss' ? 'nats per image' : 'accuracy',
    domain,
    ...(measure === 'accuracy' && {
      format: (share: number, digits: number) => percent(share, Math.max(0, digits - 2)),
    }),
  },
  series,
})}
<figcaption>${summary(measure, history, format)} The thin line is the running mean within each epoch${
    isCut ? '; the first steps of an epoch may lie outside the frame' : ''
  }.</figcaption></figure>`;
}

function summary(measure: Measure, history: readonly EpochMetrics[], format: (value: number) => string): string {
  const first = history[0]?.[measure];
  const last = history.at(-1)?.[measure];
  if (first === undefined || last === undefined) return 'No epoch was completed.';
  if (history.length === 1) return `Training ${measure} is ${format(first)} after one epoch.`;
  return `Training ${measure} changes from ${format(first)} in the first epoch to ${format(last)} in the last.`;
}

/** One line for each epoch, thinned to what a screen can show; the last step of an epoch always stays. */
function runningLines(
  measure: Measure,
  steps: readonly StepMetrics[],
  history: readonly EpochMetrics[],
  stepsPerEpoch: number,
): Point[][] {
  const every = Math.max(1, Math.ceil(steps.length / mostPointsInALine));
  const lines = new Map<number, Point[]>();
  steps.forEach((figures, i) => {
    if (i % every !== 0 && steps[i + 1]?.epoch === figures.epoch) return;
    const length = history[figures.epoch - 1]?.steps ?? stepsPerEpoch;
    const x = figures.epoch - 1 + Math.min(1, figures.step / Math.max(1, length));
    const line = lines.get(figures.epoch) ?? [];
    lines.set(figures.epoch, line);
    line.push([x, figures[measure]]);
  });
  return [...lines.values()];
}

function lowestShown(shares: readonly number[]): number {
  const lowest = Math.min(...shares);
  return Math.max(0, lowest - 0.35 * (1 - lowest) - 0.01);
}

function wholeTicks(end: number): number[] {
  return ticks(0, end).filter(Number.isInteger);
}

function epochTable(history: readonly EpochMetrics[]): Html {
  const validated = history.some(({ validationLoss }) => validationLoss !== undefined);
  return html`<details><summary>Metrics by epoch</summary>
${scroller(
  'Metrics by epoch',
  html`<table class="numbers"><thead><tr>
<th scope="col">epoch</th><th scope="col">steps</th><th scope="col">loss</th><th scope="col">accuracy</th>
${validated && html`<th scope="col">validation loss</th><th scope="col">validation accuracy</th>`}
<th scope="col">seconds</th></tr></thead><tbody>
${history.map(
  (epoch) => html`<tr><th scope="row">${epoch.epoch}</th><td>${integer(epoch.steps)}</td>
<td>${fixed(epoch.loss, 4)}</td><td>${percent(epoch.accuracy)}</td>
${validated && html`<td>${fixed(epoch.validationLoss, 4)}</td><td>${percent(epoch.validationAccuracy)}</td>`}
<td>${fixed(epoch.seconds, 1)}</td></tr>`,
)}</tbody></table>`,
)}</details>`;
}
