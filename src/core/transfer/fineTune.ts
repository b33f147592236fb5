import { definitionOf } from '../graph/layers/index.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { RunConfiguration } from '../training/configuration.ts';

/** Layers with weights, the new one included, that fine-tuning trains by default: of EfficientNet-Lite0, the blocks of 80 and 112 channels. */
export const fineTunedLayers = 19;

/** Settings of fine-tuning that differ from those of other trainings by default. Chosen on training images of Fashion-MNIST. */
export const fineTuneDefaults = {
  optimizer: 'adamW',
  learningRate: 0.002,
  weightDecay: 0.01,
  layerwiseDecay: 0.9,
  batchSize: 32,
  schedule: 'linear',
  flip: 'random',
} as const satisfies Partial<RunConfiguration>;

/**
 * A network of which only the last `count` layers with weights are trained. Normalisation is frozen: few images would change its
 * statistics more than they say.
 */
export function trainedFrom(spec: readonly LayerSpec[], count: number): readonly LayerSpec[] {
  const isNormalization = ({ type }: LayerSpec) => type === 'batchNormalization';
  const trainable = spec.filter((layer) => 'trainable' in definitionOf(layer).options && !isNormalization(layer));
  const trained = new Set(trainable.slice(-count));
  return spec.map((layer) => {
    const isFrozen = isNormalization(layer) || (trainable.includes(layer) && !trained.has(layer));
    return isFrozen ? ({ ...layer, trainable: false } as LayerSpec) : layer;
  });
}
