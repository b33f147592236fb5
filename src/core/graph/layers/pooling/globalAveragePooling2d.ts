import type { LayerDefinition } from '../../layer.ts';
import type { GlobalAveragePooling2dSpec } from '../../spec.ts';
import { meanOf } from './averagePooling2d.ts';
import { globalGeometry, globalPooling } from './pooling.ts';

/** The mean of each channel (Lin et al. 2013). */
export const globalAveragePooling2d: LayerDefinition<GlobalAveragePooling2dSpec> = {
  ...globalPooling,
  ...meanOf(globalGeometry),
};
