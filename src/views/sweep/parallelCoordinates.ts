import type { SweepResult, TrialResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { integer, plural } from '../numbers.ts';
import { scroller } from '../scroller.ts';
import { round, shorten, tickMarks } from '../svg/axes.ts';
import { linearScale } from '../svg/scale.ts';
import { percentAt, plotMark, stretched, stretchedPath } from '../svg/stretchedPlot.ts';
import { colorKey } from './colorKey.ts';
import {
  beyondEdge,
  byValue,
  hasValue,
  objectiveName,
  objectiveTick,
  shownValues,
  tints,
  trialInWords,
} from './objective.ts';
import { type ParameterAxis, parameterAxis } from './parameterAxis.ts';
import { nameLines } from './parameterNames.ts';

const top = 58;
const bottom = 338;
const height = bottom + 14;
/** In pixels; narrower columns do not hold the names. */
const narrowestColumn = 78;
const longestTick = 9;

/** One axis per parameter and one for the objective, and one line per trial with a value, or that failed. */
export function parallelCoordinates(result: SweepResult): Html | null {
  const { objective, parameters, trials, best } = result;
  const valued = trials.filter(hasValue);
  const failed = trials.filter((trial) => trial.status === 'failed' && !hasValue(trial));
  if (parameters.length === 0 || valued.length + failed.length === 0) return null;
  const values = valued.map(({ value }) => value);
  const domain = shownValues(values, objective);
  const toY = linearScale(domain, [bottom, top]);
  const axes: ParameterAxis[] = [
    ...parameters.map((parameter) => parameterAxis(parameter, trials, bottom, top)),
    {
      name: objectiveName(objective),
      place: () => null,
      ticks:
        valued.length === 0
          ? []
          : tickMarks({ domain, format: (value, digits) => objectiveTick(objective, value, digits) }).map(
              ({ value, text }) => ({ at: toY(value), text }),
            ),
    },
  ];
  const toX = (i: number) => ((i + 0.45) / axes.length) * 100;
  const points = (trial: TrialResult): readonly ([number, number] | null)[] =>
    axes.map((axis, i): [number, number] | null => {
      const at = i < parameters.length ? axis.place(trial.parameters[axis.name]) : valueAt(trial);
      return at === null ? null : [toX(i), at];
    });
  const valueAt = (trial: TrialResult) =>
    hasValue(trial) ? toY(Math.min(domain[1], Math.max(domain[0], trial.value))) : null;
  const strength = tints(result);
  // The better lines above the others, and the best one above all.
  const worstFirst = byValue(result).reverse();
  const bestTrial = worstFirst.find((trial) => trial.number === best);
  const drawn = [...worstFirst.filter((trial) => hasValue(trial) && trial !== bestTrial), bestTrial].filter(
    (trial) => trial !== undefined,
  );
  const picture = html`<svg class="plot parallel" height="${height}" style="min-width:${narrowestColumn * axes.length}px" role="img" aria-label="${describe(result)}">
${axes.map(({ name }, i) => header(name, toX(i), i === parameters.length))}
${stretched(
  top - 8,
  bottom + 8,
  html`${failed.map(
    (
      trial,
    ) => html`<path class="trial failed" d="${stretchedPath(points(trial))}"><title>${trialInWords(result, trial)}</title></path>
`,
  )}${drawn.map((trial) => {
    const kind = trial === bestTrial ? 'best' : 'valued';
    return html`<path class="trial ${kind}" style="--tint:${strength.get(trial.number) ?? 0}%" d="${stretchedPath(points(trial))}"><title>${trialInWords(result, trial)}</title></path>
`;
  })}`,
)}
${bestTrial && points(bestTrial).map((point) => point && plotMark('square', percentAt(point[0]), point[1], 'best', trialInWords(result, bestTrial)))}
${axes.map(({ ticks }, i) => axisMarks(ticks, toX(i)))}</svg>`;
  return html`<figure>${colorKey(result)}
${scroller('Parallel coordinates', picture)}
<figcaption>One line per trial, from its parameters to its ${objectiveName(objective)}: the better its rank, the
stronger the colour${bestTrial && html`; squares mark the best, trial&nbsp;${bestTrial.number}`}. ${
    failed.length > 0 && `${plural(failed.length, 'failed trial')}: dotted, without ${objectiveName(objective)}. `
  }${missing(trials.length - valued.length - failed.length)}${
    parameters.some((parameter) => parameter.kind !== 'choice' && parameter.log) &&
    `Axes of parameters that are searched by their logarithm are logarithmic.`
  }${beyondEdge(values, domain, 'value')}</figcaption></figure>`;
}

function missing(trials: number): string {
  return trials === 0
    ? ''
    : `${plural(trials, 'trial')} without a value so far ${trials === 1 ? 'is' : 'are'} not drawn. `;
}

function describe({ parameters, objective, trials }: SweepResult): string {
  const names = parameters.map(({ name }) => name).join(', ');
  return `Parallel coordinates of ${integer(trials.filter(hasValue).length)} trials over ${names} and ${objectiveName(objective)}. The table of the trials has the same values.`;
}

function header(name: string, x: number, isObjective: boolean): Html {
  const lines = nameLines(name, 11);
  return html`<text class="axis-name${isObjective && ' objective'}" text-anchor="middle">${lines.map(
    (line, i) => html`<tspan x="${percentAt(x)}" y="${top - 14 - 14 * (lines.length - 1 - i)}">${line}</tspan>`,
  )}<title>${name}</title></text>
`;
}

function axisMarks(ticks: ParameterAxis['ticks'], x: number): Html {
  const at = percentAt(x);
  return html`<line class="axis" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"></line>
${ticks.map(
  ({
    at: y,
    text,
  }) => html`<svg x="${at}" y="${round(y)}" overflow="visible"><path class="axis" d="M0 0H4"></path><text class="tick" x="7" y="4">${shorten(text, longestTick)}${text.length > longestTick && html`<title>${text}</title>`}</text></svg>
`,
)}`;
}
