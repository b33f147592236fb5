import type { ConvolutionInitializer, KernelInitializer } from './initializers.ts';

/** Height and width; a single number stands for both, as in Keras. */
export type Size2d = number | readonly [number, number];

/** Zeros around a picture: one number for all sides, [height, width], or [[top, bottom], [left, right]]. */
export type Padding2d = Size2d | readonly [readonly [number, number], readonly [number, number]];

/** A window that slides over a picture stays inside it, or padding around it gives ⌈extent ÷ stride⌉ outputs: see `samePadding`. */
export type WindowPadding = 'valid' | 'same';

export type Activation = 'relu' | 'relu6' | 'softmax';

/** What every layer may say. */
export interface LayerCommon {
  /** Unnamed layers are called `conv2d_1`, `relu_1`, …. */
  readonly name?: string;
  /** The names of the layers whose outputs it reads; the layer before it in the list by default. */
  readonly inputs?: readonly string[];
}

export interface InputSpec extends LayerCommon {
  readonly type: 'input';
  /** [H, W, C] of a picture or [D] of a vector; the batch is left out. */
  readonly shape: readonly number[];
}

export interface ZeroPadding2dSpec extends LayerCommon {
  readonly type: 'zeroPadding2d';
  /** 1 by default. */
  readonly padding?: Padding2d;
}

export interface Conv2dSpec extends LayerCommon {
  readonly type: 'conv2d';
  readonly filters: number;
  readonly kernelSize: Size2d;
  /** 1 by default. */
  readonly strides?: Size2d;
  /** 'valid' by default. */
  readonly padding?: WindowPadding;
  /** Whether a bias is added; true by default. */
  readonly useBias?: boolean;
  readonly activation?: Activation;
  /** 'glorotUniform' by default. */
  readonly kernelInitializer?: ConvolutionInitializer;
  /** Whether training changes its parameters; true by default. */
  readonly trainable?: boolean;
}

export interface DepthwiseConv2dSpec extends LayerCommon {
  readonly type: 'depthwiseConv2d';
  readonly kernelSize: Size2d;
  /** 1 by default. */
  readonly strides?: Size2d;
  /** 'valid' by default. */
  readonly padding?: WindowPadding;
  /** true by default. */
  readonly useBias?: boolean;
  readonly activation?: Activation;
  /** Whether training changes its parameters; true by default. */
  readonly trainable?: boolean;
}

export interface ReluSpec extends LayerCommon {
  readonly type: 'relu';
}

export interface Relu6Spec extends LayerCommon {
  readonly type: 'relu6';
}

export interface LeakyReluSpec extends LayerCommon {
  readonly type: 'leakyRelu';
  /** 0.3 by default. */
  readonly negativeSlope?: number;
}

export interface DropoutSpec extends LayerCommon {
  readonly type: 'dropout';
  /** Share of the values that training sets to zero, from 0 to below 1. */
  readonly rate: number;
}

/** What pooling layers may say. */
export interface Pooling2dOptions {
  /** 2 by default. */
  readonly poolSize?: Size2d;
  /** `poolSize` by default. */
  readonly strides?: Size2d;
  /** 'valid' by default. */
  readonly padding?: WindowPadding;
}

export interface MaxPooling2dSpec extends LayerCommon, Pooling2dOptions {
  readonly type: 'maxPooling2d';
}

export interface AveragePooling2dSpec extends LayerCommon, Pooling2dOptions {
  readonly type: 'averagePooling2d';
}

export interface GlobalMaxPooling2dSpec extends LayerCommon {
  readonly type: 'globalMaxPooling2d';
}

export interface GlobalAveragePooling2dSpec extends LayerCommon {
  readonly type: 'globalAveragePooling2d';
}

export interface FlattenSpec extends LayerCommon {
  readonly type: 'flatten';
}

export interface ReshapeSpec extends LayerCommon {
  readonly type: 'reshape';
  /** [H, W, C] or [D]; the batch is left out. */
  readonly shape: readonly number[];
}

export interface DenseSpec extends LayerCommon {
  readonly type: 'dense';
  readonly units: number;
  readonly activation?: Activation;
  /** 'glorotUniform' by default. */
  readonly kernelInitializer?: KernelInitializer;
  /** Whether training changes its parameters; true by default. */
  readonly trainable?: boolean;
}

export interface BatchNormalizationSpec extends LayerCommon {
  readonly type: 'batchNormalization';
  /** Share of the moving mean and variance that a step keeps; 0.9 by default. */
  readonly momentum?: number;
  /** What is added to the variance; 0.001 by default. */
  readonly epsilon?: number;
  /** Whether there is an offset β; true by default. */
  readonly center?: boolean;
  /** Whether there is a scale γ; true by default. */
  readonly scale?: boolean;
  /** Images of a batch with statistics of their own; the whole batch by default. */
  readonly groupSize?: number;
  /** Whether training changes its parameters; a layer that it does not change uses its moving statistics. True by default. */
  readonly trainable?: boolean;
}

export interface AddSpec extends LayerCommon {
  readonly type: 'add';
}

export interface ConcatenateSpec extends LayerCommon {
  readonly type: 'concatenate';
}

export interface SoftmaxSpec extends LayerCommon {
  readonly type: 'softmax';
}

/**
 * One layer of a network, as plain JSON. `activation` stands for a layer of that type right after this one: as an input, the
 * layer's name then means the output of the activation.
 */
export type LayerSpec =
  | InputSpec
  | ZeroPadding2dSpec
  | Conv2dSpec
  | DepthwiseConv2dSpec
  | ReluSpec
  | Relu6Spec
  | LeakyReluSpec
  | DropoutSpec
  | MaxPooling2dSpec
  | AveragePooling2dSpec
  | GlobalMaxPooling2dSpec
  | GlobalAveragePooling2dSpec
  | FlattenSpec
  | ReshapeSpec
  | DenseSpec
  | SoftmaxSpec
  | BatchNormalizationSpec
  | AddSpec
  | ConcatenateSpec;

export type LayerType = LayerSpec['type'];
