/** Height and width; a single number stands for both, as in Keras. */
export type Size2d = number | readonly [number, number];

/** Zeros around a picture: one number for all sides, [height, width], or [[top, bottom], [left, right]]. */
export type Padding2d = Size2d | readonly [readonly [number, number], readonly [number, number]];

export type Activation = 'relu' | 'softmax';

export interface InputSpec {
  readonly type: 'input';
  readonly name?: string;
  /** [H, W, C] of a picture or [D] of a vector; the batch is left out. */
  readonly shape: readonly number[];
}

export interface ZeroPadding2dSpec {
  readonly type: 'zeroPadding2d';
  readonly name?: string;
  /** 1 where nothing is said. */
  readonly padding?: Padding2d;
}

export interface Conv2dSpec {
  readonly type: 'conv2d';
  readonly name?: string;
  readonly filters: number;
  readonly kernelSize: Size2d;
  /** 1 where nothing is said. Padding is a layer of its own, `zeroPadding2d`. */
  readonly strides?: Size2d;
  readonly activation?: Activation;
}

export interface ReluSpec {
  readonly type: 'relu';
  readonly name?: string;
}

export interface DropoutSpec {
  readonly type: 'dropout';
  readonly name?: string;
  /** Share of the values that training sets to zero, from 0 to below 1. */
  readonly rate: number;
}

export interface MaxPooling2dSpec {
  readonly type: 'maxPooling2d';
  readonly name?: string;
  /** 2 where nothing is said. */
  readonly poolSize?: Size2d;
  /** `poolSize` where nothing is said. */
  readonly strides?: Size2d;
}

export interface FlattenSpec {
  readonly type: 'flatten';
  readonly name?: string;
}

export interface DenseSpec {
  readonly type: 'dense';
  readonly name?: string;
  readonly units: number;
  readonly activation?: Activation;
}

export interface SoftmaxSpec {
  readonly type: 'softmax';
  readonly name?: string;
}

/**
 * One layer of a network, as plain JSON. `name` is optional: unnamed layers are called `conv2d_1`, `relu_1`, ….
 * `activation` is sugar for a layer of that type right after this one.
 */
export type LayerSpec =
  | InputSpec
  | ZeroPadding2dSpec
  | Conv2dSpec
  | ReluSpec
  | DropoutSpec
  | MaxPooling2dSpec
  | FlattenSpec
  | DenseSpec
  | SoftmaxSpec;

export type LayerType = LayerSpec['type'];
