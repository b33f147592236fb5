import type { Claim, LayerMetrics } from '../record.ts';
import { judgeAlongDepth, notMeasured, ruleAlongDepth } from './alongDepth.ts';
import { layersAlongDepth, lineOf } from './layers.ts';

/** "Closeness to the input falls with depth." */
export function closeness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const line = lineOf('CKA with the pixels', layersAlongDepth(layers), ({ ckaPixels }) => ckaPixels);
  return {
    id: 'closeness',
    statement: 'Closeness to the input falls with depth: the first layers keep the picture, the last are abstract.',
    measure:
      'Debiased linear CKA of a layer with the pixels, from the first ReLU to the last; where there are not two, from the first layer with weights to the last.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('CKA with the pixels', 'falls'),
    ...(line
      ? judgeAlongDepth([line], 'falls')
      : notMeasured('CKA with the pixels was not measured at two layers or more.')),
  };
}
