/** Height and width; a single number stands for both, as in Keras. */
export type Size2d = number | readonly [number, number];

/**
 * One layer of a network, as plain JSON. `name` is optional: unnamed layers are called `conv2d_1`, `relu_1`, ….
 * `activation` is sugar for a layer of that type right after this one.
 */
export type LayerSpec =
  | { readonly type: 'input'; readonly name?: string; readonly shape: readonly number[] }
  | { readonly type: 'zeroPadding2d'; readonly name?: string; readonly padding: Size2d }
  | {
      readonly type: 'conv2d';
      readonly name?: string;
      readonly filters: number;
      readonly kernelSize: Size2d;
      readonly strides?: Size2d;
      readonly activation?: Activation;
    }
  | { readonly type: 'relu'; readonly name?: string }
  | { readonly type: 'dropout'; readonly name?: string; readonly rate: number }
  | { readonly type: 'maxPooling2d'; readonly name?: string; readonly poolSize: Size2d; readonly strides?: Size2d }
  | { readonly type: 'flatten'; readonly name?: string }
  | { readonly type: 'dense'; readonly name?: string; readonly units: number; readonly activation?: Activation }
  | { readonly type: 'softmax'; readonly name?: string };

export type Activation = 'relu' | 'softmax';
export type LayerType = LayerSpec['type'];
