import type { AverageScores, Evaluation } from '../core/evaluation/evaluation.ts';
import { type Html, html } from './html.ts';
import { fixed, integer } from './numbers.ts';
import { scroller } from './scroller.ts';

/** Precision, recall, F1 and support of every class, and their means; a bar in each cell shows its share. */
export function scoresTable({ perClass, macro, weighted, count }: Evaluation): Html {
  return scroller(
    'Scores by class',
    html`<table class="numbers scores"><thead><tr><th scope="col">class</th>
<th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">images</th>
</tr></thead><tbody>${perClass.map((scores) => row(scores.name, scores, scores.support))}</tbody>
<tfoot>${row('macro mean', macro, count)}${row('weighted mean', weighted, count)}</tfoot></table>`,
  );
}

function row(name: string, { precision, recall, f1 }: AverageScores, support: number): Html {
  return html`<tr><th scope="row">${name}</th>
${[precision, recall, f1].map((share) => html`<td class="bar" style="--part:${fixed(share)}">${fixed(share)}</td>`)}
<td>${integer(support)}</td></tr>`;
}
