import type { LayerDefinition } from '../layer.ts';
import type { LayerSpec, LayerType } from '../spec.ts';
import type { LayerTraits } from '../traits.ts';
import { add } from './add.ts';
import { batchNormalization } from './batchNormalization.ts';
import { concatenate } from './concatenate.ts';
import { conv2d } from './conv2d.ts';
import { dense } from './dense.ts';
import { depthwiseConv2d } from './depthwiseConv2d.ts';
import { dropout } from './dropout.ts';
import { flatten } from './flatten.ts';
import { input } from './input.ts';
import { leakyRelu } from './leakyRelu.ts';
import { averagePooling2d } from './pooling/averagePooling2d.ts';
import { globalAveragePooling2d } from './pooling/globalAveragePooling2d.ts';
import { globalMaxPooling2d } from './pooling/globalMaxPooling2d.ts';
import { maxPooling2d } from './pooling/maxPooling2d.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { reshape } from './reshape.ts';
import { softmax } from './softmax.ts';
import { zeroPadding2d } from './zeroPadding2d.ts';

export type LayerDefinitions = { readonly [T in LayerType]: LayerDefinition<Extract<LayerSpec, { type: T }>> };

const definitions: LayerDefinitions = {
  input,
  zeroPadding2d,
  conv2d,
  depthwiseConv2d,
  relu,
  relu6,
  leakyRelu,
  dropout,
  maxPooling2d,
  averagePooling2d,
  globalMaxPooling2d,
  globalAveragePooling2d,
  flatten,
  reshape,
  dense,
  softmax,
  batchNormalization,
  add,
  concatenate,
};

export const layerTypes = Object.keys(definitions) as LayerType[];

/** The definition that goes with a spec. */
export function definitionOf<S extends LayerSpec>(spec: S): LayerDefinition<S> {
  return definitions[spec.type] as unknown as LayerDefinition<S>;
}

/** What may be asked of a layer instead of its type. */
export function traitsOf(spec: LayerSpec): LayerTraits {
  return definitionOf(spec).traits(spec);
}
