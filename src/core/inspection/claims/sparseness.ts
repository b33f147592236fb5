import type { Claim, LayerMetrics } from '../record.ts';
import { judgeAlongDepth, notMeasured, ruleAlongDepth } from './alongDepth.ts';
import { lineOf } from './layers.ts';

/** "Activations get sparser with depth": ReLU outputs with ReLU outputs, since max pooling lowers the zero fraction. */
export function sparseness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const afterRelu = layers.filter((layer) => layer.afterRelu);
  const lines = [
    lineOf('zero fraction', afterRelu, ({ zeroFraction }) => zeroFraction),
    lineOf('population sparseness', afterRelu, ({ populationSparseness }) => populationSparseness),
  ].flatMap((line) => line ?? []);
  return {
    id: 'sparseness',
    statement: 'Activations get sparser with depth: in the last layers only a few features fire.',
    measure:
      'Share of zeros, and Treves–Rolls sparseness over units, of ReLU outputs only: max pooling lowers the share of zeros by itself.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('each of the two', 'rises'),
    ...(lines.length === 2
      ? judgeAlongDepth(lines, 'rises')
      : notMeasured('Zero fraction and population sparseness were not measured at two ReLU layers or more.')),
  };
}
