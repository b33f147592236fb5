import type { Claim, LayerMetrics } from '../record.ts';
import { judgeAlongDepth, notMeasured, ruleAlongDepth } from './alongDepth.ts';
import { layersAlongDepth, lineOf } from './layers.ts';

/**
 * "Deeper layers hold less about the input's pixels." The input itself is no starting point: no ten numbers predict the
 * pixels linearly better than the pixels' own leading components, so anything falls from there.
 */
export function pixels({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const along = layersAlongDepth(layers);
  const sizes = along[0]?.trained.pixelDecoding.map(({ components }) => components) ?? [];
  const lines = sizes.flatMap(
    (size) =>
      lineOf(
        `R² from ${size} components`,
        along,
        ({ pixelDecoding }) => pixelDecoding.find(({ components }) => components === size)?.r2,
      ) ?? [],
  );
  return {
    id: 'pixels',
    statement: "Deeper layers hold less about the input's pixels.",
    measure:
      'Held-out R² of a ridge regression back to the pixels, from equally many leading principal components of each ReLU (where there are not two, of each layer with weights): a wide layer decodes better by its width alone.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('R² (from each number of components that every layer has)', 'falls'),
    ...(lines.length > 0
      ? judgeAlongDepth(lines, 'falls')
      : notMeasured('Decoding back to the pixels was not measured at two layers or more.')),
  };
}
