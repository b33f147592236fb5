import { classify, conv, input, type Part } from './parts.ts';

const normalizedRelu6: Part = [{ type: 'batchNormalization' }, { type: 'relu6' }];

function depthwise(kernelSize: number, strides: number): Part {
  return [{ type: 'depthwiseConv2d', kernelSize, strides, padding: 'same', useBias: false }, ...normalizedRelu6];
}

/** After Howard et al. 2017: depthwise 3×3 and 1×1 convolutions in turn. */
export const mobile: Part = [
  input,
  conv(16),
  ...normalizedRelu6,
  ...(
    [
      [32, 2],
      [64, 1],
      [64, 1],
      [64, 1],
      [128, 2],
      [128, 1],
      [128, 1],
    ] as const
  ).flatMap(([filters, strides]) => [...depthwise(3, strides), conv(filters, 1), ...normalizedRelu6]),
  { type: 'globalAveragePooling2d' },
  classify,
];

/** Kernel size, strides of the first block, filters, blocks; the first stage does not expand its channels. */
const stages = [
  [3, 1, 16, 1],
  [3, 2, 24, 2],
  [5, 2, 40, 2],
  [3, 2, 80, 3],
  [5, 1, 112, 3],
] as const;

/** EfficientNet-Lite0 (Tan & Le 2019, without squeeze-and-excite) up to its blocks of 112 channels, for pictures of 96×96×3. */
export const efficientNetLite0: Part = (() => {
  let [last, channels] = ['stem', 32];
  const blocks = stages.flatMap(([kernelSize, firstStrides, filters, count], stage) =>
    Array.from({ length: count }, (_, i): Part => {
      const [start, name] = [last, `block${stage + 1}.${i + 1}`];
      const strides = i === 0 ? firstStrides : 1;
      const passesInput = strides === 1 && channels === filters;
      const expanded = stage === 0 ? channels : channels * 6;
      channels = filters;
      last = name;
      const expansion: Part = [{ ...conv(expanded, 1), inputs: [start] }, ...normalizedRelu6];
      const [first, ...rest] = depthwise(kernelSize, strides);
      return [
        ...(stage === 0 ? [{ ...first!, inputs: [start] }] : [...expansion, first!]),
        ...rest,
        conv(filters, 1),
        { type: 'batchNormalization', name: passesInput ? `${name}.projected` : name },
        ...(passesInput ? [{ type: 'add', name, inputs: [`${name}.projected`, start] } as const] : []),
      ];
    }).flat(),
  );
  return [
    { type: 'input', shape: [96, 96, 3] },
    conv(32, 3, 2),
    { type: 'batchNormalization' },
    { type: 'relu6', name: 'stem' },
    ...blocks,
    { type: 'globalAveragePooling2d' },
    classify,
  ];
})();
