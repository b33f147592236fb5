import type { Evaluation } from '../core/evaluation/evaluation.ts';
import { type Html, html } from './html.ts';
import { integer, percent } from './numbers.ts';
import { scroller } from './scroller.ts';

/** With more classes than this, the confusions are listed instead. */
const mostColumns = 30;

type Scored = Pick<Evaluation, 'confusion' | 'perClass'>;

interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

/** The address that the count of a cell links to; null for none. */
export type CellLink = (label: number, predicted: number) => string | null;

/** Rows are true classes, columns predicted ones: a table whose cells are tinted by their share of the row. */
export function confusionMatrix(scored: Scored, link: CellLink = () => null): Html {
  const confusions = frequentConfusions(scored);
  return html`<figure>${scored.perClass.length <= mostColumns ? matrix(scored, link) : list(scored, confusions.slice(0, 20), link)}
<figcaption>${caption(scored, confusions)}</figcaption></figure>`;
}

function matrix({ confusion, perClass }: Scored, link: CellLink): Html {
  const shares = confusion.map((row, label) => row.map((count) => count / (perClass[label]!.support || 1)));
  const worst = Math.max(0, ...shares.flatMap((row, label) => row.filter((_, predicted) => predicted !== label)));
  const cell = (count: number, label: number, predicted: number) => {
    const share = shares[label]![predicted]!;
    const hit = label === predicted;
    // Errors are rare compared with hits: their tint is relative to the most frequent one.
    const tint = hit ? share : Math.sqrt(share / (worst || 1));
    const kind = `${hit ? 'hit' : 'miss'}${count === 0 ? ' none' : ''}`;
    return html`<td class="${kind}" style="--tint:${Math.round(tint * 100)}%">${linked(integer(count), link(label, predicted))}</td>`;
  };
  return scroller(
    'Confusion matrix',
    html`<table class="confusion" style="--classes:${perClass.length}"><thead>
<tr><td class="corner"></td><th class="above" scope="colgroup" colspan="${perClass.length}">predicted</th></tr>
<tr><th class="corner" scope="col">true</th>${perClass.map(({ name }) => html`<th scope="col"><span>${name}</span></th>`)}</tr>
</thead><tbody>${confusion.map(
      (row, label) => html`<tr><th scope="row">${perClass[label]!.name}</th>
${row.map((count, predicted) => cell(count, label, predicted))}</tr>`,
    )}</tbody></table>`,
  );
}

function list({ perClass }: Scored, confusions: readonly Confusion[], link: CellLink): Html {
  return scroller(
    'Frequent confusions',
    html`<table class="numbers"><thead><tr>
<th scope="col">true</th><th scope="col" class="text">predicted</th><th scope="col">images</th></tr></thead><tbody>
${confusions.map(
  ({ label, predicted, count }) => html`<tr><th scope="row">${perClass[label]!.name}</th>
<td class="text">${perClass[predicted]!.name}</td><td>${linked(integer(count), link(label, predicted))}</td></tr>`,
)}</tbody></table>`,
  );
}

function linked(text: string, address: string | null): Html {
  return address === null ? html`${text}` : html`<a href="${address}">${text}</a>`;
}

/** Which classes are taken for which, the most frequent first. */
export function frequentConfusions({ confusion }: Scored): Confusion[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}

function caption({ perClass }: Scored, confusions: readonly Confusion[]): string {
  const read = 'Rows are true classes, columns predicted classes; the diagonal has the correct predictions.';
  const worst = confusions[0];
  if (worst === undefined) return `${read} There is no error.`;
  const { name, support } = perClass[worst.label]!;
  return (
    `${read} The most frequent confusion: ${name} predicted as ${perClass[worst.predicted]!.name}, ` +
    `${integer(worst.count)} of ${integer(support)} images (${percent(worst.count / support, 1)}).`
  );
}
