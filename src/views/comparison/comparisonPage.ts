import type {
  Comparison,
  ComparisonVerdict,
  GroupDifference,
  GroupFigures,
  MeanOverSeeds,
} from '../../core/evaluation/comparison/record.ts';
import { pValueText } from '../../core/evaluation/comparison/verdict.ts';
import type { Estimate } from '../../core/statistics/meanTests.ts';
import { type Html, html } from '../html.ts';
import { decimals, type Format, percents, points, withInterval } from '../inspection/format.ts';
import { numericStyle } from '../inspection/numericStyle.ts';
import { compact, fixed, integer, percent, plural } from '../numbers.ts';
import { type PageSection, page } from '../page.ts';
import { scroller } from '../scroller.ts';
import { roomFor } from '../svg/axes.ts';
import { type IntervalRow, intervalPlot } from '../svg/intervalPlot.ts';

const accuracyFormat = percents(2);
const pointsFormat = points(2);
const lossFormat = decimals(4);

/** How each verdict is called, and its colour among those of claims. */
const verdicts: Readonly<Record<ComparisonVerdict, { readonly name: string; readonly style: string }>> = {
  difference: { name: 'difference', style: 'supported' },
  uncertain: { name: 'uncertain', style: 'mixed' },
  noise: { name: 'noise', style: '' },
};

/** The page of a comparison: one self-contained document. */
export function comparisonPage(comparison: Comparison): string {
  const { dataset, groups, differences, selvedge } = comparison;
  const runs = groups.reduce((sum, group) => sum + group.runs.length, 0);
  return page({
    eyebrow: 'Selvedge comparison',
    title: `${plural(runs, 'run')} in ${plural(groups.length, 'group')}`,
    lead: html`Evaluated on the ${plural(dataset.testImages, 'test image')} of ${dataset.name}. Runs of a group differ by their seed only.`,
    sections: [
      { id: 'groups', title: 'Groups', body: groupsSection(groups) },
      ...(differences.length > 0 ? differenceSections(comparison) : []),
      { id: 'calibration', title: 'Calibration', body: calibrationTable(groups) },
      { id: 'cost', title: 'Size and time', body: costTable(groups) },
      { id: 'runs', title: 'Runs', body: runsTable(groups) },
      { id: 'method', title: 'Method', body: method(comparison) },
    ],
    footer: html`Written by selvedge ${selvedge}. The same numbers are in <code>compare.json</code> beside this page.`,
    styles: numericStyle,
  });
}

function groupsSection(groups: readonly GroupFigures[]): Html {
  return html`<table class="key"><tbody>${groups.map(
    ({ id, label, runs }) =>
      html`<tr><th scope="row">${id}</th><td>${label}<br><span class="cases">${
        runs.length > 1 ? 'seeds' : 'seed'
      } ${runs.map(({ seed }) => seed).join(', ')}</span></td></tr>`,
  )}</tbody></table>
<div class="pair"><figure><h3>Test accuracy</h3>${groupPlot('Test accuracy of each group', groups, ({ accuracy }) => accuracy, accuracyFormat)}</figure>
<figure><h3>Test loss</h3>${groupPlot('Test loss of each group', groups, ({ loss }) => loss, lossFormat)}</figure></div>
<p class="note">Means over seeds with 95 % intervals by Student’s t; one run has none. Loss: negative log-likelihood, nats per image.</p>`;
}

function groupPlot(
  description: string,
  groups: readonly GroupFigures[],
  pick: (group: GroupFigures) => MeanOverSeeds,
  format: Format,
): Html {
  const rows = groups.map((group): IntervalRow => {
    const { mean, interval } = pick(group);
    return {
      label: `${group.id} · ${plural(group.runs.length, 'run')}`,
      estimate: { value: mean, low: interval?.low ?? mean, high: interval?.high ?? mean },
    };
  });
  return plot(description, rows, format);
}

/** One scale for all rows. What has no interval is drawn as a point. */
function plot(description: string, rows: readonly IntervalRow[], format: Format, least: readonly number[] = []): Html {
  const values = rows.flatMap(({ estimate: { low, high } }) => [low, high]);
  const isPoint = new Set([...values, ...least]).size === 1;
  const text = (estimate: Estimate) =>
    estimate.low === estimate.high ? format(estimate.value) : withInterval(estimate, format);
  return intervalPlot({
    description,
    rows,
    text,
    domain: isPoint ? [values[0]! - 0.01, values[0]! + 0.01] : roomFor(values, least),
    format: (value, digits) =>
      format === lossFormat ? value.toFixed(digits) : (value * 100).toFixed(Math.max(0, digits - 2)),
  });
}

function differenceSections({ differences, level }: Comparison): PageSection[] {
  return [
    {
      id: 'differences',
      title: 'Differences',
      body: html`<ul class="claims">${differences.map(verdictItem)}</ul>
<div class="pair"><figure><h3>Accuracy, percentage points</h3>${differencePlot('Differences of accuracy', differences, 'accuracy', pointsFormat)}</figure>
<figure><h3>Loss, nats per image</h3>${differencePlot('Differences of loss', differences, 'loss', lossFormat)}</figure></div>
<p class="note">First minus second, with 95 % intervals of each difference by itself; without an interval where a group has one run.</p>
${differenceTable(differences)}
<p class="note">p-values are corrected by Holm’s method for ${plural(differences.length, 'pair')} of groups, for each column by itself;
up to ${level} counts as significant. Only first, only second: test images that the models of one group alone classify correctly, the mean over pairs of runs.</p>`,
    },
  ];
}

function verdictItem({ first, second, verdict, sentence }: GroupDifference): Html {
  const { name, style } = verdicts[verdict];
  return html`<li class="claim"><div><h3>${first} and ${second}</h3><p>${unbroken(sentence)}</p></div>
<div class="claim-verdict"><span class="verdict ${style}">${name}</span></div></li>`;
}

function differencePlot(
  description: string,
  differences: readonly GroupDifference[],
  which: 'accuracy' | 'loss',
  format: Format,
): Html {
  const rows = differences.map((difference): IntervalRow => {
    const { value, test } = difference[which];
    return {
      label: `${difference.first} − ${difference.second}`,
      estimate: { value, low: test?.low ?? value, high: test?.high ?? value },
    };
  });
  return plot(description, rows, format, [0]);
}

function differenceTable(differences: readonly GroupDifference[]): Html {
  return scroller(
    'Differences between groups',
    html`<table class="numbers"><thead><tr><th scope="col">groups</th><th scope="col">accuracy, points</th><th scope="col">p, seeds</th>
<th scope="col">loss</th><th scope="col">p, seeds</th><th scope="col">only first</th><th scope="col">only second</th><th scope="col">p, images</th></tr></thead>
<tbody>${differences.map(({ first, second, accuracy, loss, images }) => {
      const meanOf = (side: 'onlyFirst' | 'onlySecond') =>
        images.pairs.reduce((sum, pair) => sum + pair[side], 0) / images.pairs.length;
      return html`<tr><th scope="row">${first} − ${second}</th><td>${pointsFormat(accuracy.value)}</td><td>${pValue(accuracy.adjustedPValue)}</td>
<td>${lossFormat(loss.value)}</td><td>${pValue(loss.adjustedPValue)}</td>
<td>${integer(meanOf('onlyFirst'))}</td><td>${integer(meanOf('onlySecond'))}</td><td>${pValue(images.adjustedPValue)}</td></tr>`;
    })}</tbody></table>`,
  );
}

function calibrationTable(groups: readonly GroupFigures[]): Html {
  return html`${scroller(
    'Calibration of each group',
    html`<table class="numbers"><thead><tr><th scope="col">group</th><th scope="col">equal mass</th><th scope="col">equal width</th>
<th scope="col">calibrated, equal mass</th><th scope="col">calibrated, equal width</th><th scope="col">calibrated loss</th></tr></thead>
<tbody>${groups.map(
      ({ id, equalMassError, equalWidthError, calibrated }) => html`<tr><th scope="row">${id}</th>
<td>${percent(equalMassError)}</td><td>${percent(equalWidthError)}</td><td>${percent(calibrated?.equalMassError)}</td>
<td>${percent(calibrated?.equalWidthError)}</td><td>${fixed(calibrated?.loss, 4)}</td></tr>`,
    )}</tbody></table>`,
  )}
<p class="note">Expected calibration errors on the test set in 15 bins of equal mass and of equal width, means over the runs. Calibrated:
at the temperature that was fitted on validation images; – where runs have none.</p>`;
}

function costTable(groups: readonly GroupFigures[]): Html {
  return html`${scroller(
    'Size and time of each group',
    html`<table class="numbers"><thead><tr><th scope="col">group</th><th scope="col">parameters</th><th scope="col">multiply-adds</th>
<th scope="col">seconds per epoch</th><th scope="col">training, seconds</th></tr></thead>
<tbody>${groups.map(
      ({ id, parameters, multiplyAdds, secondsPerEpoch, trainingSeconds }) => html`<tr><th scope="row">${id}</th>
<td>${integer(parameters)}</td><td>${compact(multiplyAdds)}</td><td>${fixed(secondsPerEpoch, 1)}</td><td>${fixed(trainingSeconds, 1)}</td></tr>`,
    )}</tbody></table>`,
  )}
<p class="note">Multiply-adds of one image, forward. Times are those recorded in training, means over the runs.</p>`;
}

function runsTable(groups: readonly GroupFigures[]): Html {
  return scroller(
    'All runs',
    html`<table class="numbers all-numbers"><thead><tr><th scope="col">run</th><th scope="col">group</th><th scope="col">seed</th><th scope="col">accuracy</th>
<th scope="col">loss</th><th scope="col">equal mass</th><th scope="col">s/epoch</th><th scope="col">threads</th></tr></thead>
<tbody>${groups.flatMap(({ id, runs }) =>
      runs.map(
        ({
          run,
          seed,
          accuracy,
          plain,
          secondsPerEpoch,
          threads,
        }) => html`<tr><th scope="row">${run}</th><td>${id}</td><td>${seed}</td>
<td>${percent(accuracy)}</td><td>${fixed(plain.loss, 4)}</td><td>${percent(plain.equalMass)}</td><td>${fixed(secondsPerEpoch, 1)}</td><td>${threads}</td></tr>`,
      ),
    )}</tbody></table>`,
  );
}

function method({ notes }: Comparison): Html {
  return html`<p>Over seeds: a paired t-test where both groups have the same seeds, otherwise Welch’s. Over test images: McNemar’s test of each
pair of runs, by seed where both groups have the same seeds, otherwise of every run with every other; exact for fewer than 25 images that
one model alone classifies correctly. The p-values of K pairs become one: K ÷ k times the k-th smallest, k being the upper
median, which is valid whatever their dependence (Rüger 1978). A difference is more than noise if both are significant.</p>
${notes.length > 0 && html`<ul class="reasons">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}`;
}

function pValue(value: number | null): string {
  return value === null ? '–' : unbroken(pValueText(value).replace(/^p (= )?/, ''));
}

/** Keeps p-values on one line. */
function unbroken(text: string): string {
  return text.replace(/(p )?[<=] /g, (start) => start.replaceAll(' ', '\u00a0'));
}
