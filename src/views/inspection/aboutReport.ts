import type { InspectionRecord, LeftOut, SampleSizes } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { integer, percent, plural } from '../numbers.ts';
import { commandLine, keyTable, shellWord } from '../reproduce.ts';

const partNames: Readonly<Record<LeftOut['part'], string>> = {
  maps: 'Feature maps',
  layers: 'Metrics by layer',
  claims: 'Claims and verdicts',
  attribution: 'Attribution maps',
  removal: 'Ablation of maps',
  filters: 'Filters',
};

/** What was left out and why, the sizes of the samples, and how to reproduce the report. */
export function aboutReport(record: InspectionRecord): Html {
  const { leftOut, model, engine, dataset, control, seconds, quick } = record;
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Model', html`<code>${model.file}</code>`],
    ['Weights', html`<code>${model.weightsSha256}</code>`],
    [
      'Data',
      dataset === null
        ? 'none available'
        : `${dataset.name}: ${plural(dataset.testImages, 'test image')}, test accuracy ${percent(dataset.testAccuracy)}`,
    ],
    [
      'Untrained',
      (control.own
        ? `the initial weights of this model (seed ${control.seed})`
        : `initial weights of seed ${control.seed}: the seed of this model is not recorded beside its file`) +
        (isTrainedFromPatches(model.spec)
          ? '; the first layer, which began with patchWhitening, has the trained kernel'
          : ''),
    ],
    ['Software', `selvedge ${engine.selvedge}`],
    ['Kernels', html`<code>${engine.wasmSha256}</code>`],
    [
      'Time',
      `${plural(Math.round(seconds), 'second')}${quick ? ', with small samples and projections (--quick): ranks, probes, decoding and CKA are not comparable with a full report' : ''}`,
    ],
  ];
  return html`${
    leftOut.length > 0 &&
    html`<h3>Left out</h3><ul class="left-out">${leftOut.map(
      ({ part, why }) => html`<li><strong>${partNames[part]}</strong>: ${why}</li>`,
    )}</ul>`
  }
<h3>Samples</h3>${samples(record.samples)}
<h3>Reproduce</h3>
${commandLine(command(record))}
<p class="note">The same weights, data and seed give the same numbers.${record.images.some(({ source }) => source.kind === 'file') && ' Files are named without their folders.'}</p>
${keyTable(rows)}`;
}

/** Whether training changed a kernel that began from the training images, which the control cannot know. */
function isTrainedFromPatches(spec: InspectionRecord['model']['spec']): boolean {
  return spec.some(
    (layer) => layer.type === 'conv2d' && layer.kernelInitializer === 'patchWhitening' && (layer.trainable ?? true),
  );
}

function samples(sizes: SampleSizes | null): Html {
  if (sizes === null) return html`<p class="note">There were no test images to draw samples from.</p>`;
  const rows: readonly (readonly [string, string])[] = [
    ['Seed', `${sizes.seed}, of all samples, projections and random orders`],
    ['Sparseness, selectivity, most activating images', plural(sizes.testImages, 'test image')],
    ['Ablation of single maps', plural(sizes.removalImages, 'test image')],
    [
      'Probes and decoding',
      `fitted on ${plural(sizes.fitImages, 'training image')}, scored on ${plural(sizes.scoreImages, 'test image')}`,
    ],
    ['Rank and CKA', plural(sizes.similarityImages, 'test image')],
    [
      'Projection',
      `layers wider than ${integer(sizes.projectedTo)} are projected at random to ${integer(sizes.projectedTo)} dimensions for probes, decoding and CKA` +
        `${sizes.rankProjectedTo === sizes.projectedTo ? ', and for rank' : `; to ${integer(sizes.rankProjectedTo)} for rank`}`,
    ],
    [
      'Intervals',
      '95 %: bootstrap over images for means over images and for the scores of fitted probes and decoders (over filters for filters); delete-a-group jackknife over images for lifetime sparseness, class selectivity, rank and CKA',
    ],
  ];
  return keyTable(rows);
}

function command({ model, images, dataset, quick, chosen: looked, everyLayer }: InspectionRecord): string[] {
  const numbers = images.flatMap(({ source }) => (source.kind === 'test' ? [source.index] : []));
  const files = images.flatMap(({ source }) => (source.kind === 'file' ? [shellWord(source.name)] : []));
  const chosen = [...(numbers.length > 0 ? [numbers.join(',')] : []), ...files];
  return [
    `selvedge inspect ${shellWord(model.file)}`,
    ...(chosen.length > 0 ? [`--images ${chosen.join(' ')}`] : []),
    ...(dataset === null ? ['--no-data'] : []),
    ...(looked?.given ? [`--layers ${shellWord(looked.given.join(','))}`] : []),
    ...(everyLayer ? ['--layers all'] : []),
    ...(quick ? ['--quick'] : []),
  ];
}
