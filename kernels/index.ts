/**
 * Every kernel takes its own arguments (addresses in bytes, sizes in elements), then `count` (images in this micro-batch),
 * then `first` and `last`: the range of work units, images by default, that this call shall do. Units are
 * independent of each other, so threads may take them in any order without changing a bit.
 */
export { adam } from './optimizers/adam';
export { adamW } from './optimizers/adamW';
export { addForward } from './add';
export {
  batchStatistics, imageMoments, movingStatistics, normalizeBackward, normalizeForward, normalizeGradientMeans, normalizeGradientSums,
} from './batchNormalization';
export { addChannelSums, conv2dBackwardInput, conv2dBackwardWeights, conv2dForward, packPanels, sumGroups } from './convolution/conv2d';
export { flipKernel, packWinograd4, winograd4, winograd4BackwardWeights, winograd4KernelGradient } from './convolution/winograd4';
export { augmentPixels } from './augment';
export { averagePooling2dBackward, averagePooling2dForward } from './averagePooling2d';
export { copyChannels } from './concatenate';
export { averageWeights } from './optimizers/average';
export { clipByNorm, squareSums } from './optimizers/clip';
export {
  depthwiseConv2dBackwardInput, depthwiseConv2dBackwardWeights, depthwiseConv2dForward,
} from './convolution/depthwiseConv2d';
export { denseForward, denseForwardRest } from './dense/dense';
export { denseSparseBias, denseSparseInput, denseSparseWeights, nonZeroLists, packBlocks, unpackBlocks } from './dense/denseSparse';
export { dotProducts } from './dotProducts';
export { dropoutApply, dropoutMask } from './dropout';
export { copyRows, oneHot, scalePixels } from './images';
export { foldNormalization } from './fold';
export { leakyReluBackward, leakyReluForward } from './leakyRelu';
export { maxPooling2dBackward, maxPooling2dForward } from './maxPooling2d';
export { packColumns, transpose, zeroFill } from './pack';
export { reluBackward, reluForward } from './relu';
export { relu6Backward, relu6Forward } from './relu6';
export { resizeArea } from './resize';
export { sgd } from './optimizers/sgd';
export { crossEntropyBackward, crossEntropyForward, softmaxBackward, softmaxForward } from './softmax';
export { zeroPadding2dBackward, zeroPadding2dForward } from './zeroPadding2d';
export { convPoolBackwardInput, convPoolBackwardWeights, convPoolDirect } from './convolution/convPool';
export { convPoolWinograd, multiplyWinograd, packWinograd } from './convolution/winograd';
export { setScratch } from './lib/scratch';
