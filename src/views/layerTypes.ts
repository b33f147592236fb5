import type { LayerType } from '../core/graph/spec.ts';

interface LayerTypeWords {
  /** Style of its block in the drawing of the network, where it has no weights. */
  readonly block: 'fixed' | 'drops';
  /** What its feature maps show; null where it has none of its own. */
  readonly maps: string | null;
}

/** What pages say of each type of layer. */
export const layerTypes: Readonly<Record<LayerType, LayerTypeWords>> = {
  input: { block: 'fixed', maps: 'The input of the network.' },
  zeroPadding2d: { block: 'fixed', maps: 'Its input with a border of zeros, so that filters reach the edge.' },
  conv2d: { block: 'fixed', maps: 'The response of each filter at each position.' },
  depthwiseConv2d: { block: 'fixed', maps: 'The response of each channel’s own filter at each position.' },
  relu: { block: 'fixed', maps: 'The positive part of the responses: where each filter is active.' },
  relu6: { block: 'fixed', maps: 'The positive part of the responses, at most 6: where each filter is active.' },
  leakyRelu: { block: 'fixed', maps: 'The responses, the negative ones scaled down.' },
  dropout: { block: 'drops', maps: null },
  maxPooling2d: { block: 'fixed', maps: 'The maximum of each window: the same pattern at a lower resolution.' },
  averagePooling2d: { block: 'fixed', maps: 'The mean of each window: the same pattern at a lower resolution.' },
  globalMaxPooling2d: { block: 'fixed', maps: null },
  globalAveragePooling2d: { block: 'fixed', maps: null },
  flatten: { block: 'fixed', maps: null },
  reshape: { block: 'fixed', maps: null },
  dense: { block: 'fixed', maps: null },
  softmax: { block: 'fixed', maps: null },
  batchNormalization: { block: 'fixed', maps: 'The responses, each filter’s shifted and scaled.' },
  concatenate: { block: 'fixed', maps: 'The maps of its inputs, one input’s behind another’s.' },
  add: { block: 'fixed', maps: 'The sum of the maps of its inputs.' },
};
