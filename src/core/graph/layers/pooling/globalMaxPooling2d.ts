import type { LayerDefinition } from '../../layer.ts';
import type { GlobalMaxPooling2dSpec } from '../../spec.ts';
import { maximumOf } from './maxPooling2d.ts';
import { globalGeometry, globalPooling } from './pooling.ts';

/** The largest value of each channel. */
export const globalMaxPooling2d: LayerDefinition<GlobalMaxPooling2dSpec> = {
  ...globalPooling,
  ...maximumOf(globalGeometry),
};
