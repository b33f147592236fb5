import type { SampleSizes } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { integer, plural } from '../numbers.ts';

/** How many images stand behind the figures, and how they were drawn, in words. */
export function samples(sizes: SampleSizes | null): Html {
  if (sizes === null) return html`<p class="note">There were no test images to draw samples from.</p>`;
  const rows: readonly (readonly [string, string])[] = [
    ['Seed', `${sizes.seed}: all samples, projections and random orders follow from it`],
    ['Sparseness, selectivity, strongest images', plural(sizes.testImages, 'test image')],
    ['Maps removed one at a time', plural(sizes.removalImages, 'test image')],
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
      'all 95 %: a bootstrap over images for means over images and for the scores of fitted probes and decoders (over filters for filters); a jackknife that leaves out groups of images for lifetime sparseness, class selectivity, rank and CKA',
    ],
  ];
  return html`<table class="key"><tbody>${rows.map(
    ([term, value]) => html`<tr><th scope="row">${term}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}
