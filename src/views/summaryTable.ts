import type { LayerSummary } from '../core/graph/summary.ts';
import { type Html, html } from './html.ts';
import { integer, shape } from './numbers.ts';
import { scroller } from './scroller.ts';

/** The network's layers as a table: output shape, parameters and multiply-adds, with their sums. */
export function summaryTable(layers: readonly LayerSummary[]): Html {
  const total = (pick: (layer: LayerSummary) => number) => layers.reduce((sum, layer) => sum + pick(layer), 0);
  return scroller(
    'Layers',
    html`<table class="numbers"><thead><tr>
<th scope="col">layer</th><th scope="col" class="text">type</th><th scope="col">output</th>
<th scope="col">parameters</th><th scope="col">multiply-adds</th></tr></thead><tbody>
${layers.map(
  ({ name, type, outputShape, parameters, multiplyAdds }) => html`<tr><th scope="row">${name}</th>
<td class="text">${type}</td><td>${shape(outputShape)}</td>
<td>${integer(parameters)}</td><td>${integer(multiplyAdds)}</td></tr>`,
)}</tbody><tfoot><tr><th scope="row">total</th><td class="text"></td><td></td>
<td>${integer(total(({ parameters }) => parameters))}</td>
<td>${integer(total(({ multiplyAdds }) => multiplyAdds))}</td></tr></tfoot></table>`,
  );
}
