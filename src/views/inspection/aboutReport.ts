import type { InspectionRecord, LeftOut } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { integer, percent, plural } from '../numbers.ts';
import { samples } from './samples.ts';

const partNames: Readonly<Record<LeftOut['part'], string>> = {
  maps: 'Feature maps',
  layers: 'Layer by layer',
  claims: 'Claims',
  attribution: 'Why this class',
  removal: 'Removal of maps',
  filters: 'Filters',
};

/** What was left out and why, how large the samples were, and how to make the report again. */
export function aboutReport(record: InspectionRecord): Html {
  const { leftOut, model, engine, dataset, control, seconds, quick } = record;
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Model', html`<code>${model.file}</code>`],
    ['Weights', html`<code>${model.weightsSha256}</code>`],
    [
      'Data',
      dataset === null
        ? 'none at hand'
        : `${dataset.name}: ${integer(dataset.testImages)} test images, of which the model gets ${percent(dataset.testAccuracy)} right`,
    ],
    [
      'Untrained',
      control.own
        ? `the weights with which this model began (seed ${control.seed})`
        : `other weights of the kind with which this model began (seed ${control.seed}): its own are not recorded beside its file`,
    ],
    ['Software', `selvedge ${engine.selvedge}`],
    ['Kernels', html`<code>${engine.wasmSha256}</code>`],
    [
      'Time',
      `${plural(Math.round(seconds), 'second')}${quick ? ', with small samples and projections (--quick): ranks, probes, decoding and CKA are not those of a whole report' : ''}`,
    ],
  ];
  return html`${
    leftOut.length > 0 &&
    html`<h3>Left out</h3><ul class="left-out">${leftOut.map(
      ({ part, why }) => html`<li><strong>${partNames[part]}</strong>: ${why}</li>`,
    )}</ul>`
  }
<h3>Samples</h3>${samples(record.samples)}
<h3>Make it again</h3>
<pre><code>${command(record).map((part, i) => [i > 0 && ' ', html`<span class="word">${part}</span>`])}</code></pre>
<p class="note">The same weights, data and seed give the same figures.${hasFiles(record) && ' Files are named without their folders.'}</p>
<table class="key"><tbody>${rows.map(([term, value]) => html`<tr><th scope="row">${term}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function hasFiles({ images }: InspectionRecord): boolean {
  return images.some(({ source }) => source.kind === 'file');
}

function command({ model, images, dataset, quick }: InspectionRecord): string[] {
  const numbers = images.flatMap(({ source }) => (source.kind === 'test' ? [source.index] : []));
  const files = images.flatMap(({ source }) => (source.kind === 'file' ? [shellWord(source.name)] : []));
  const chosen = [...(numbers.length > 0 ? [numbers.join(',')] : []), ...files];
  return [
    `selvedge inspect ${shellWord(model.file)}`,
    ...(chosen.length > 0 ? [`--images ${chosen.join(' ')}`] : []),
    ...(dataset === null ? ['--no-data'] : []),
    ...(quick ? ['--quick'] : []),
  ];
}

/** One word for a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
