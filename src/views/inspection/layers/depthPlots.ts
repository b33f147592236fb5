import { type Along, courseOf, widestGap } from '../../../core/inspection/highlights.ts';
import type { InspectionRecord, LayerMeasures, LayerMetrics } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { integer, plural, shape } from '../../numbers.ts';
import { scroller } from '../../scroller.ts';
import { roomFor } from '../../svg/axes.ts';
import { layerPlot, mostNamesOnAxis } from '../../svg/layerPlot.ts';
import { citation } from '../citation.ts';
import { type Format, withInterval } from '../format.ts';
import { type Measure, measuresOf } from './measures.ts';

type DepthRecord = Pick<InspectionRecord, 'layers' | 'model'>;

/** Every measure along depth, trained and untrained, as small multiples, and all their numbers as a table. */
export function depthPlots({ layers, model }: DepthRecord): Html {
  if (layers.length === 0) return html``;
  const measures = measuresOf(layers);
  const shown = measures.filter((measure) =>
    layers.some(({ trained, untrained }) => measure.of(trained) || measure.of(untrained)),
  );
  const missing = measures.filter((measure) => !shown.includes(measure));
  return html`<p>Each point is one layer, from the input to the output, with its 95 % interval. Circles are the trained network, squares the same
network before training: the difference is what training changed. Lines are dotted across layers to which a measure does not
apply.</p>
${layers.length > mostNamesOnAxis ? layerKey(layers) : null}
<div class="multiples">${shown.map((measure) => plot(measure, layers, 1 / model.classNames.length))}</div>
${missing.length > 0 && html`<p class="note">Not measured on this network: ${missing.map(({ title }) => title.toLowerCase()).join(', ')}.</p>`}
<details><summary>All metrics by layer</summary>${table(measures, layers)}</details>`;
}

function plot(measure: Measure, layers: readonly LayerMetrics[], chance: number): Html {
  const names = layers.map(({ layer }) => layer);
  const trained = layers.map((layer) => measure.of(layer.trained));
  const untrained = layers.map((layer) => measure.of(layer.untrained));
  const words = trendInWords(names, trained, untrained, measure.format);
  const reach = [...trained, ...untrained].flatMap((estimate) => (estimate ? [estimate.low, estimate.high] : []));
  const domain = roomFor(reach, measure.least);
  const withChance = measure.counted === 'probeAccuracy' && domain[0] < chance;
  return html`<figure id="measure-${measure.id}"><h3>${measure.title}</h3>
${layerPlot({
  description: `${measure.title} by layer, trained and untrained. ${words}`,
  names,
  series: [
    { name: 'trained', color: 1, values: trained },
    { name: 'untrained', color: 2, values: untrained },
  ],
  y: { label: measure.unit, domain, ...(measure.ticks && { format: measure.ticks }) },
  ...(withChance && { reference: { value: chance, label: 'chance' } }),
})}
<figcaption>${measure.meaning} <strong class="seen">${words}</strong> Note: ${measure.trap}.${
    measure.source && html` ${citation(measure.source)}`
  }</figcaption></figure>
`;
}

function layerKey(layers: readonly LayerMetrics[]): Html {
  return html`<details open><summary>Layers by number</summary><ol class="layer-key">${layers.map(
    ({ layer }) => html`<li><code>${layer}</code></li>`,
  )}</ol></details>`;
}

function table(measures: readonly Measure[], layers: readonly LayerMetrics[]): Html {
  const row = (measures: readonly Measure[], own: LayerMeasures) =>
    measures.map((measure) => {
      const cases = own.undefinedCases[measure.counted] ?? 0;
      return html`<td>${withInterval(measure.of(own), measure.format)}${
        cases > 0 && html` <span class="cases">${integer(cases)} undefined</span>`
      }</td>`;
    });
  return scroller(
    'All metrics by layer',
    html`<table class="numbers all-numbers"><thead><tr><th scope="col">layer</th><th scope="col" class="text">network</th>
${measures.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
${layers.map(
  ({ layer, outputShape, trained, untrained }) => html`<tbody>
<tr><th scope="rowgroup" rowspan="2">${layer}<br><span class="cases">${shape(outputShape)}</span></th>
<th scope="row" class="text">trained</th>${row(measures, trained)}</tr>
<tr><th scope="row" class="text">untrained</th>${row(measures, untrained)}</tr></tbody>
`,
)}</table>
<p class="note">Value and 95 % interval; “–” where the measure does not apply. ${undefinedNote(layers)}</p>`,
  );
}

function undefinedNote(layers: readonly LayerMetrics[]): string {
  const all = layers.flatMap(({ trained, untrained }) =>
    [trained, untrained].flatMap(({ undefinedCases }) => Object.values(undefinedCases)),
  );
  const sum = all.reduce((total, cases) => total + cases, 0);
  return sum === 0
    ? 'No case is undefined.'
    : `${plural(sum, 'case')} undefined (0 ÷ 0, such as a dead unit): left out of the means and counted in the cells.`;
}

/** A measure along depth in words: the course of each network from its first layer to its last, and where the two differ most. */
export function trendInWords(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const course = (along: Along) => courseInWords(names, along, format);
  return `Trained: ${course(trained)}; untrained: ${course(untrained)}. ${gapInWords(names, trained, untrained, format)}`.trim();
}

const verbs = { rises: 'rises', falls: 'falls', none: 'no clear change' } as const;

function courseInWords(names: readonly string[], along: Along, format: Format): string {
  const course = courseOf(along);
  if (course === null) return 'not measured';
  const { first, last, change, turn } = course;
  const at = ({ at, estimate }: typeof first) => `${format(estimate.value)} at ${names[at]}`;
  if (first.at === last.at) return at(first);
  return `${verbs[change]} from ${at(first)} to ${at(last)}${turn ? `, via ${at(turn)}` : ''}`;
}

function gapInWords(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const at = widestGap(trained, untrained);
  if (at === undefined) return '';
  if (at === null) return 'Their intervals overlap at every layer.';
  return `Largest difference: ${format(trained[at]!.value)} against ${format(untrained[at]!.value)} at ${names[at]}.`;
}
