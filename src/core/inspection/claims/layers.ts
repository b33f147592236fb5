import type { Estimate, LayerMeasures, LayerMetrics } from '../record.ts';

/**
 * The layers of a trend along depth: the outputs of ReLUs; if there are fewer than two, the layers with weights.
 */
export function layersAlongDepth(layers: readonly LayerMetrics[]): readonly LayerMetrics[] {
  const afterRelu = layers.filter((layer) => layer.afterRelu);
  return afterRelu.length >= 2 ? afterRelu : layersWithWeights(layers);
}

export function layersWithWeights(layers: readonly LayerMetrics[]): readonly LayerMetrics[] {
  return layers.filter(({ parameters }) => parameters > 0);
}

/** A measure in the trained and in the untrained network, layer by layer. */
export interface Line {
  readonly name: string;
  readonly layers: readonly string[];
  readonly trained: readonly Estimate[];
  readonly untrained: readonly Estimate[];
}

/** A measure along layers; null where it is missing at one of them, or there are not two layers. */
export function lineOf(
  name: string,
  layers: readonly LayerMetrics[],
  measure: (measures: LayerMeasures) => Estimate | null | undefined,
): Line | null {
  const present = (estimate: Estimate | null | undefined) => (estimate ? [estimate] : []);
  const trained = layers.flatMap((layer) => present(measure(layer.trained)));
  const untrained = layers.flatMap((layer) => present(measure(layer.untrained)));
  if (layers.length < 2 || trained.length < layers.length || untrained.length < layers.length) return null;
  return { name, layers: layers.map(({ layer }) => layer), trained, untrained };
}
