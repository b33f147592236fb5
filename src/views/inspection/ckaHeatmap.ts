import type { CkaMatrix } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { scroller } from '../scroller.ts';
import { colorBar, heatmap } from '../svg/heatmap.ts';
import { decimals } from './estimates.ts';

type Matrix = CkaMatrix['trained'];

const format = decimals(2);

/** How alike all pairs of layers are, trained and untrained, as two heat maps on one scale, and as tables. */
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
<figcaption>Each cell tells how alike two layers arrange the same pictures: 1 the same geometry up to turning and scaling, 0 unrelated.
Blocks along the diagonal are layers that do little to it; the top row is closeness to the pixels, the last column closeness to the
labels. <strong class="seen">Trained: ${inWords(names, trained)} Untrained: ${inWords(names, untrained)}</strong>
Values are debiased, so a pair without anything in common may come out just below 0 (marked –); crossed cells are
undefined.</figcaption></figure>
<details><summary>The matrices as tables</summary>${parts.map(({ title, values }) => table(title, names, values))}</details>`;
}

/** The neighbours between which most changes, and how pixels and labels compare. */
function inWords(names: readonly string[], values: Matrix): string {
  const steps = names.slice(2).flatMap((name, i) => {
    const value = values[i + 1]?.[i + 2];
    return typeof value === 'number' && i + 2 < names.length - 1 ? [{ from: names[i + 1]!, name, value }] : [];
  });
  const last = names.length - 1;
  const ends = values[0]?.[last];
  const between = typeof ends === 'number' ? `pixels and labels ${format(ends)}` : 'pixels and labels undefined';
  if (steps.length === 0) return `${between}.`;
  const least = steps.reduce((lowest, one) => (one.value < lowest.value ? one : lowest));
  return `${between}; among neighbours most changes from ${least.from} to ${least.name} (${format(least.value)}).`;
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
