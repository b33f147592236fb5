import { leastAlike } from '../../../core/inspection/highlights.ts';
import type { CkaMatrix } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { scroller } from '../../scroller.ts';
import { colorBar, heatmap } from '../../svg/heatmap.ts';
import { decimals } from '../format.ts';

type Matrix = CkaMatrix['trained'];

const format = decimals(2);

/** CKA of all pairs of layers, trained and untrained, as two heat maps on one scale, and as tables. */
export function ckaHeatmap({ names, trained, untrained }: CkaMatrix): Html {
  const parts = [
    { title: 'Trained', values: trained },
    { title: 'Untrained', values: untrained },
  ];
  return html`<figure class="cka"><div class="pair">${parts.map(
    ({ title, values }) => html`<div><h4>${title}</h4>
${heatmap({
  description: `${title} network: debiased linear CKA between all pairs of ${names.length} layers, pixels first and labels last. ${inWords(names, values)}`,
  names,
  values,
  format,
})}</div>`,
  )}</div>
${colorBar('debiased linear CKA')}
<figcaption>Each cell is the similarity of two layers’ representations of the same images: 1 means equal up to rotation and
scaling, 0 unrelated. The top row compares with the pixels, the last column with the labels. <strong class="seen">Trained: ${inWords(names, trained)} Untrained: ${inWords(names, untrained)}</strong>
Values are debiased, so those of unrelated layers may be slightly below 0 (marked –); crossed cells are undefined.</figcaption></figure>
<details><summary>Tables of the matrices</summary>${parts.map(({ title, values }) => table(title, names, values))}</details>`;
}

/** CKA of pixels and labels, and the neighbouring layers that are least alike. */
function inWords(names: readonly string[], values: Matrix): string {
  const ends = values[0]?.at(-1);
  const between = typeof ends === 'number' ? `pixels and labels ${format(ends)}` : 'pixels and labels undefined';
  const least = leastAlike(values);
  if (least === null) return `${between}.`;
  return `${between}; least similar neighbours ${names[least.at - 1]} and ${names[least.at]} (${format(least.cka)}).`;
}

function table(title: string, names: readonly string[], values: Matrix): Html {
  return scroller(
    `CKA, ${title.toLowerCase()}`,
    html`<table class="numbers all-numbers"><caption>${title}</caption><thead><tr><th scope="col">layer</th>
${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${values.map(
      (row, i) =>
        html`<tr><th scope="row">${names[i]}</th>${row.map(
          (value) => html`<td>${value === null ? '–' : format(value)}</td>`,
        )}</tr>`,
    )}</tbody></table>`,
  );
}
