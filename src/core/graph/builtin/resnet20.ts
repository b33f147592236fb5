import type { LayerSpec } from '../spec.ts';
import { classify, conv, input, normalizedRelu, type Part } from './parts.ts';

/**
 * He et al. 2015's network for CIFAR-10 with 20 layers: three stages of three blocks of two convolutions, around which the
 * block's input passes, through a 1×1 convolution where the shape changes.
 */
export function resnet20(filters: readonly number[]): Part {
  let last = 'stem';
  const blocks = filters.flatMap((k, stage) =>
    [1, 2, 3].flatMap((number): Part => {
      const [start, name] = [last, `block${stage + 1}.${number}`];
      const strides = stage > 0 && number === 1 ? 2 : 1;
      last = name;
      const projection: Part = [
        { ...conv(k, 1, strides), inputs: [start] },
        { type: 'batchNormalization', name: `${name}.shortcut` },
      ];
      return [
        { ...conv(k, 3, strides), inputs: [start] } as LayerSpec,
        ...normalizedRelu,
        conv(k),
        { type: 'batchNormalization', name: `${name}.normalized` },
        ...(strides === 1 ? [] : projection),
        { type: 'add', inputs: [`${name}.normalized`, strides === 1 ? start : `${name}.shortcut`] },
        { type: 'relu', name },
      ];
    }),
  );
  return [
    input,
    conv(filters[0]!),
    { type: 'batchNormalization' },
    { type: 'relu', name: 'stem' },
    ...blocks,
    { type: 'globalAveragePooling2d' },
    classify,
  ];
}
