// Generated from kernels/ by scripts/kernelSignatures.mjs; do not edit.
// biome-ignore-all format: one argument a line, however short
import type { Count, Float, Pointer } from './buffers.ts';

/** The arguments of every kernel, by name; those that say which units to do are added when it runs. */
export interface KernelArguments {
  readonly adam: {
    readonly w: Pointer;
    readonly g: Pointer;
    readonly m: Pointer;
    readonly v: Pointer;
    readonly rates: Pointer;
    readonly size: Count;
  };
  readonly adamW: {
    readonly w: Pointer;
    readonly g: Pointer;
    readonly m: Pointer;
    readonly v: Pointer;
    readonly rates: Pointer;
    readonly size: Count;
  };
  readonly addChannelSums: {
    readonly y: Pointer;
    readonly sums: Pointer;
    readonly positions: Count;
    readonly K: Count;
  };
  readonly addForward: {
    readonly a: Pointer;
    readonly b: Pointer;
    readonly y: Pointer;
    readonly size: Count;
    readonly low: Float;
  };
  readonly augmentPixels: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly samples: Pointer;
    readonly context: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly divisor: Float;
    readonly shift: Count;
    readonly flip: Count;
    readonly cutout: Count;
    readonly brightness: Float;
    readonly contrast: Float;
    readonly stream: Count;
  };
  readonly averagePooling2dBackward: {
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly averagePooling2dForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly averageWeights: {
    readonly w: Pointer;
    readonly average: Pointer;
    readonly rate: Pointer;
  };
  readonly batchStatistics: {
    readonly moments: Pointer;
    readonly gamma: Pointer;
    readonly beta: Pointer;
    readonly statistics: Pointer;
    readonly movingMean: Pointer;
    readonly movingVariance: Pointer;
    readonly P: Count;
    readonly C: Count;
    readonly groupSize: Count;
    readonly epsilon: Float;
    readonly momentum: Float;
  };
  readonly clipByNorm: {
    readonly g: Pointer;
    readonly sums: Pointer;
    readonly parts: Count;
    readonly limit: Float;
    readonly size: Count;
  };
  readonly conv2dBackwardInput: {
    readonly dy: Pointer;
    readonly panels: Pointer;
    readonly dx: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly block: Count;
  };
  readonly conv2dBackwardWeights: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly dw: Pointer;
    readonly positionInBatch: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly block: Count;
    readonly groups: Count;
  };
  readonly conv2dForward: {
    readonly x: Pointer;
    readonly panels: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly block: Count;
    readonly low: Float;
    readonly high: Float;
  };
  readonly convPoolBackwardInput: {
    readonly dy: Pointer;
    readonly argmax: Pointer;
    readonly rows: Pointer;
    readonly dx: Pointer;
    readonly scale: Float;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly PH: Count;
    readonly PW: Count;
    readonly dyLine: Count;
    readonly dyImage: Count;
  };
  readonly convPoolBackwardWeights: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly argmax: Pointer;
    readonly drows: Pointer;
    readonly dbias: Pointer;
    readonly scale: Float;
    readonly block: Count;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly PH: Count;
    readonly PW: Count;
    readonly dyLine: Count;
    readonly dyImage: Count;
  };
  readonly convPoolDirect: {
    readonly x: Pointer;
    readonly panels: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly argmax: Pointer;
    readonly mask: Pointer;
    readonly scale: Float;
    readonly maskBytes: Count;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly OW: Count;
    readonly PH: Count;
    readonly PW: Count;
    readonly yLine: Count;
    readonly yImage: Count;
  };
  readonly convPoolWinograd: {
    readonly x: Pointer;
    readonly u: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly argmax: Pointer;
    readonly mask: Pointer;
    readonly scale: Float;
    readonly maskBytes: Count;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly OW: Count;
    readonly PH: Count;
    readonly PW: Count;
    readonly yLine: Count;
    readonly yImage: Count;
  };
  readonly copyChannels: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly positions: Count;
    readonly channels: Count;
    readonly from: Count;
    readonly to: Count;
  };
  readonly copyRows: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly size: Count;
  };
  readonly crossEntropyBackward: {
    readonly x: Pointer;
    readonly t: Pointer;
    readonly dx: Pointer;
    readonly scale: Pointer;
    readonly Y: Count;
  };
  readonly crossEntropyForward: {
    readonly x: Pointer;
    readonly t: Pointer;
    readonly losses: Pointer;
    readonly Y: Count;
  };
  readonly denseForward: {
    readonly x: Pointer;
    readonly panels: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly D: Count;
    readonly K: Count;
    readonly relu: boolean;
    readonly mask: Pointer;
    readonly scale: Float;
    readonly maskBytes: Count;
  };
  readonly denseForwardRest: {
    readonly x: Pointer;
    readonly w: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly D: Count;
    readonly K: Count;
    readonly relu: boolean;
    readonly mask: Pointer;
    readonly scale: Float;
    readonly maskBytes: Count;
  };
  readonly denseSparseBias: {
    readonly lists: Pointer;
    readonly dbias: Pointer;
    readonly room: Count;
  };
  readonly denseSparseInput: {
    readonly lists: Pointer;
    readonly blocks: Pointer;
    readonly dx: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly denseSparseWeights: {
    readonly lists: Pointer;
    readonly x: Pointer;
    readonly dblocks: Pointer;
    readonly room: Count;
    readonly K: Count;
  };
  readonly depthwiseConv2dBackwardInput: {
    readonly dy: Pointer;
    readonly panels: Pointer;
    readonly dx: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly depthwiseConv2dBackwardWeights: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly dw: Pointer;
    readonly dbias: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly depthwiseConv2dForward: {
    readonly x: Pointer;
    readonly panels: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly low: Float;
    readonly high: Float;
  };
  readonly dotProducts: {
    readonly queries: Pointer;
    readonly rows: Pointer;
    readonly scores: Pointer;
    readonly D: Count;
    readonly stride: Count;
  };
  readonly dropoutApply: {
    readonly x: Pointer;
    readonly mask: Pointer;
    readonly y: Pointer;
    readonly scale: Float;
    readonly size: Count;
    readonly bytes: Count;
  };
  readonly dropoutMask: {
    readonly mask: Pointer;
    readonly samples: Pointer;
    readonly context: Pointer;
    readonly stream: Count;
    readonly keep: Count;
    readonly bytes: Count;
  };
  readonly flipKernel: {
    readonly w: Pointer;
    readonly y: Pointer;
    readonly C: Count;
    readonly K: Count;
  };
  readonly foldNormalization: {
    readonly w: Pointer;
    readonly bias: Pointer;
    readonly gamma: Pointer;
    readonly beta: Pointer;
    readonly mean: Pointer;
    readonly variance: Pointer;
    readonly wOut: Pointer;
    readonly bOut: Pointer;
    readonly K: Count;
    readonly epsilon: Float;
  };
  readonly imageMoments: {
    readonly x: Pointer;
    readonly moments: Pointer;
    readonly P: Count;
    readonly C: Count;
  };
  readonly leakyReluBackward: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly slope: Float;
    readonly size: Count;
  };
  readonly leakyReluForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly slope: Float;
    readonly size: Count;
  };
  readonly maxPooling2dBackward: {
    readonly dy: Pointer;
    readonly argmax: Pointer;
    readonly dx: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly maxPooling2dForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly argmax: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly R: Count;
    readonly S: Count;
    readonly sy: Count;
    readonly sx: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly movingStatistics: {
    readonly gamma: Pointer;
    readonly beta: Pointer;
    readonly statistics: Pointer;
    readonly movingMean: Pointer;
    readonly movingVariance: Pointer;
    readonly C: Count;
    readonly epsilon: Float;
  };
  readonly nonZeroLists: {
    readonly y: Pointer;
    readonly dy: Pointer;
    readonly lists: Pointer;
    readonly scale: Float;
    readonly room: Count;
    readonly rowStride: Count;
    readonly columnStride: Count;
    readonly columns: Count;
    readonly step: Count;
  };
  readonly normalizeBackward: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly statistics: Pointer;
    readonly means: Pointer;
    readonly dx: Pointer;
    readonly P: Count;
    readonly C: Count;
    readonly groupSize: Count;
    readonly ceiling: Float;
  };
  readonly normalizeForward: {
    readonly x: Pointer;
    readonly statistics: Pointer;
    readonly y: Pointer;
    readonly P: Count;
    readonly C: Count;
    readonly groupSize: Count;
    readonly ceiling: Float;
  };
  readonly normalizeGradientMeans: {
    readonly sums: Pointer;
    readonly dgamma: Pointer;
    readonly dbeta: Pointer;
    readonly means: Pointer;
    readonly P: Count;
    readonly C: Count;
    readonly groupSize: Count;
  };
  readonly normalizeGradientSums: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly statistics: Pointer;
    readonly sums: Pointer;
    readonly P: Count;
    readonly C: Count;
    readonly groupSize: Count;
    readonly ceiling: Float;
  };
  readonly oneHot: {
    readonly labels: Pointer;
    readonly y: Pointer;
    readonly classes: Count;
    readonly on: Float;
    readonly off: Float;
  };
  readonly packBlocks: {
    readonly w: Pointer;
    readonly blocks: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly packColumns: {
    readonly w: Pointer;
    readonly panels: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly packPanels: {
    readonly w: Pointer;
    readonly panels: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly packWinograd: {
    readonly w: Pointer;
    readonly u: Pointer;
    readonly C: Count;
    readonly K: Count;
  };
  readonly packWinograd4: {
    readonly w: Pointer;
    readonly u: Pointer;
    readonly C: Count;
    readonly K: Count;
  };
  readonly relu6Backward: {
    readonly y: Pointer;
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly size: Count;
  };
  readonly relu6Forward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly size: Count;
  };
  readonly reluBackward: {
    readonly y: Pointer;
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly size: Count;
  };
  readonly reluForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly size: Count;
  };
  readonly resizeArea: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly OH: Count;
    readonly OW: Count;
  };
  readonly scalePixels: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly size: Count;
    readonly divisor: Float;
  };
  readonly sgd: {
    readonly w: Pointer;
    readonly g: Pointer;
    readonly velocity: Pointer;
    readonly rates: Pointer;
    readonly size: Count;
    readonly nesterov: boolean;
  };
  readonly softmaxBackward: {
    readonly y: Pointer;
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly Y: Count;
  };
  readonly softmaxForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly Y: Count;
  };
  readonly squareSums: {
    readonly g: Pointer;
    readonly sums: Pointer;
    readonly size: Count;
  };
  readonly sumGroups: {
    readonly sums: Pointer;
    readonly dw: Pointer;
    readonly D: Count;
    readonly K: Count;
    readonly groups: Count;
  };
  readonly transpose: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly unpackBlocks: {
    readonly blocks: Pointer;
    readonly w: Pointer;
    readonly D: Count;
    readonly K: Count;
  };
  readonly winograd4: {
    readonly x: Pointer;
    readonly u: Pointer;
    readonly bias: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly images: Count;
    readonly rows: Count;
    readonly low: Float;
    readonly high: Float;
  };
  readonly winograd4BackwardWeights: {
    readonly x: Pointer;
    readonly dy: Pointer;
    readonly du: Pointer;
    readonly positionInBatch: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly K: Count;
    readonly top: Count;
    readonly left: Count;
    readonly OH: Count;
    readonly OW: Count;
    readonly images: Count;
    readonly rows: Count;
    readonly groups: Count;
  };
  readonly winograd4KernelGradient: {
    readonly du: Pointer;
    readonly dw: Pointer;
    readonly C: Count;
    readonly K: Count;
    readonly groups: Count;
  };
  readonly zeroFill: {
    readonly x: Pointer;
  };
  readonly zeroPadding2dBackward: {
    readonly dy: Pointer;
    readonly dx: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly top: Count;
    readonly bottom: Count;
    readonly left: Count;
    readonly right: Count;
  };
  readonly zeroPadding2dForward: {
    readonly x: Pointer;
    readonly y: Pointer;
    readonly H: Count;
    readonly W: Count;
    readonly C: Count;
    readonly top: Count;
    readonly bottom: Count;
    readonly left: Count;
    readonly right: Count;
  };
}

/** The order in which each kernel takes its arguments. */
export const kernelParameters: { readonly [K in keyof KernelArguments]: readonly (keyof KernelArguments[K])[] } = {
  adam: [
    'w',
    'g',
    'm',
    'v',
    'rates',
    'size',
  ],
  adamW: [
    'w',
    'g',
    'm',
    'v',
    'rates',
    'size',
  ],
  addChannelSums: [
    'y',
    'sums',
    'positions',
    'K',
  ],
  addForward: [
    'a',
    'b',
    'y',
    'size',
    'low',
  ],
  augmentPixels: [
    'x',
    'y',
    'samples',
    'context',
    'H',
    'W',
    'C',
    'divisor',
    'shift',
    'flip',
    'cutout',
    'brightness',
    'contrast',
    'stream',
  ],
  averagePooling2dBackward: [
    'dy',
    'dx',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  averagePooling2dForward: [
    'x',
    'y',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  averageWeights: [
    'w',
    'average',
    'rate',
  ],
  batchStatistics: [
    'moments',
    'gamma',
    'beta',
    'statistics',
    'movingMean',
    'movingVariance',
    'P',
    'C',
    'groupSize',
    'epsilon',
    'momentum',
  ],
  clipByNorm: [
    'g',
    'sums',
    'parts',
    'limit',
    'size',
  ],
  conv2dBackwardInput: [
    'dy',
    'panels',
    'dx',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
    'block',
  ],
  conv2dBackwardWeights: [
    'x',
    'dy',
    'dw',
    'positionInBatch',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
    'block',
    'groups',
  ],
  conv2dForward: [
    'x',
    'panels',
    'bias',
    'y',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
    'block',
    'low',
    'high',
  ],
  convPoolBackwardInput: [
    'dy',
    'argmax',
    'rows',
    'dx',
    'scale',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'PH',
    'PW',
    'dyLine',
    'dyImage',
  ],
  convPoolBackwardWeights: [
    'x',
    'dy',
    'argmax',
    'drows',
    'dbias',
    'scale',
    'block',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'PH',
    'PW',
    'dyLine',
    'dyImage',
  ],
  convPoolDirect: [
    'x',
    'panels',
    'bias',
    'y',
    'argmax',
    'mask',
    'scale',
    'maskBytes',
    'H',
    'W',
    'C',
    'K',
    'R',
    'S',
    'sy',
    'sx',
    'OW',
    'PH',
    'PW',
    'yLine',
    'yImage',
  ],
  convPoolWinograd: [
    'x',
    'u',
    'bias',
    'y',
    'argmax',
    'mask',
    'scale',
    'maskBytes',
    'H',
    'W',
    'C',
    'K',
    'OW',
    'PH',
    'PW',
    'yLine',
    'yImage',
  ],
  copyChannels: [
    'x',
    'y',
    'positions',
    'channels',
    'from',
    'to',
  ],
  copyRows: [
    'x',
    'y',
    'size',
  ],
  crossEntropyBackward: [
    'x',
    't',
    'dx',
    'scale',
    'Y',
  ],
  crossEntropyForward: [
    'x',
    't',
    'losses',
    'Y',
  ],
  denseForward: [
    'x',
    'panels',
    'bias',
    'y',
    'D',
    'K',
    'relu',
    'mask',
    'scale',
    'maskBytes',
  ],
  denseForwardRest: [
    'x',
    'w',
    'bias',
    'y',
    'D',
    'K',
    'relu',
    'mask',
    'scale',
    'maskBytes',
  ],
  denseSparseBias: [
    'lists',
    'dbias',
    'room',
  ],
  denseSparseInput: [
    'lists',
    'blocks',
    'dx',
    'D',
    'K',
  ],
  denseSparseWeights: [
    'lists',
    'x',
    'dblocks',
    'room',
    'K',
  ],
  depthwiseConv2dBackwardInput: [
    'dy',
    'panels',
    'dx',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  depthwiseConv2dBackwardWeights: [
    'x',
    'dy',
    'dw',
    'dbias',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  depthwiseConv2dForward: [
    'x',
    'panels',
    'bias',
    'y',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
    'low',
    'high',
  ],
  dotProducts: [
    'queries',
    'rows',
    'scores',
    'D',
    'stride',
  ],
  dropoutApply: [
    'x',
    'mask',
    'y',
    'scale',
    'size',
    'bytes',
  ],
  dropoutMask: [
    'mask',
    'samples',
    'context',
    'stream',
    'keep',
    'bytes',
  ],
  flipKernel: [
    'w',
    'y',
    'C',
    'K',
  ],
  foldNormalization: [
    'w',
    'bias',
    'gamma',
    'beta',
    'mean',
    'variance',
    'wOut',
    'bOut',
    'K',
    'epsilon',
  ],
  imageMoments: [
    'x',
    'moments',
    'P',
    'C',
  ],
  leakyReluBackward: [
    'x',
    'dy',
    'dx',
    'slope',
    'size',
  ],
  leakyReluForward: [
    'x',
    'y',
    'slope',
    'size',
  ],
  maxPooling2dBackward: [
    'dy',
    'argmax',
    'dx',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  maxPooling2dForward: [
    'x',
    'y',
    'argmax',
    'H',
    'W',
    'C',
    'R',
    'S',
    'sy',
    'sx',
    'top',
    'left',
    'OH',
    'OW',
  ],
  movingStatistics: [
    'gamma',
    'beta',
    'statistics',
    'movingMean',
    'movingVariance',
    'C',
    'epsilon',
  ],
  nonZeroLists: [
    'y',
    'dy',
    'lists',
    'scale',
    'room',
    'rowStride',
    'columnStride',
    'columns',
    'step',
  ],
  normalizeBackward: [
    'x',
    'dy',
    'statistics',
    'means',
    'dx',
    'P',
    'C',
    'groupSize',
    'ceiling',
  ],
  normalizeForward: [
    'x',
    'statistics',
    'y',
    'P',
    'C',
    'groupSize',
    'ceiling',
  ],
  normalizeGradientMeans: [
    'sums',
    'dgamma',
    'dbeta',
    'means',
    'P',
    'C',
    'groupSize',
  ],
  normalizeGradientSums: [
    'x',
    'dy',
    'statistics',
    'sums',
    'P',
    'C',
    'groupSize',
    'ceiling',
  ],
  oneHot: [
    'labels',
    'y',
    'classes',
    'on',
    'off',
  ],
  packBlocks: [
    'w',
    'blocks',
    'D',
    'K',
  ],
  packColumns: [
    'w',
    'panels',
    'D',
    'K',
  ],
  packPanels: [
    'w',
    'panels',
    'D',
    'K',
  ],
  packWinograd: [
    'w',
    'u',
    'C',
    'K',
  ],
  packWinograd4: [
    'w',
    'u',
    'C',
    'K',
  ],
  relu6Backward: [
    'y',
    'dy',
    'dx',
    'size',
  ],
  relu6Forward: [
    'x',
    'y',
    'size',
  ],
  reluBackward: [
    'y',
    'dy',
    'dx',
    'size',
  ],
  reluForward: [
    'x',
    'y',
    'size',
  ],
  resizeArea: [
    'x',
    'y',
    'H',
    'W',
    'C',
    'OH',
    'OW',
  ],
  scalePixels: [
    'x',
    'y',
    'size',
    'divisor',
  ],
  sgd: [
    'w',
    'g',
    'velocity',
    'rates',
    'size',
    'nesterov',
  ],
  softmaxBackward: [
    'y',
    'dy',
    'dx',
    'Y',
  ],
  softmaxForward: [
    'x',
    'y',
    'Y',
  ],
  squareSums: [
    'g',
    'sums',
    'size',
  ],
  sumGroups: [
    'sums',
    'dw',
    'D',
    'K',
    'groups',
  ],
  transpose: [
    'x',
    'y',
    'D',
    'K',
  ],
  unpackBlocks: [
    'blocks',
    'w',
    'D',
    'K',
  ],
  winograd4: [
    'x',
    'u',
    'bias',
    'y',
    'H',
    'W',
    'C',
    'K',
    'top',
    'left',
    'OH',
    'OW',
    'images',
    'rows',
    'low',
    'high',
  ],
  winograd4BackwardWeights: [
    'x',
    'dy',
    'du',
    'positionInBatch',
    'H',
    'W',
    'C',
    'K',
    'top',
    'left',
    'OH',
    'OW',
    'images',
    'rows',
    'groups',
  ],
  winograd4KernelGradient: [
    'du',
    'dw',
    'C',
    'K',
    'groups',
  ],
  zeroFill: [
    'x',
  ],
  zeroPadding2dBackward: [
    'dy',
    'dx',
    'H',
    'W',
    'C',
    'top',
    'bottom',
    'left',
    'right',
  ],
  zeroPadding2dForward: [
    'x',
    'y',
    'H',
    'W',
    'C',
    'top',
    'bottom',
    'left',
    'right',
  ],
};
