/** The window of inputs that one output position sees; [height, width] each. */
export interface Window2d {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Rows and columns of padding before the first input; 'same' where they follow from the input's size: see `paddingBefore`. */
  readonly before: readonly [number, number] | 'same';
}

/**
 * What the rest of the program asks a layer about, instead of comparing type names: a new type is then handled
 * correctly everywhere, or does not compile.
 */
export interface LayerTraits {
  /** Whether the values pass unchanged when dropout is off. */
  readonly identityAtInference: boolean;
  /** Sign of the outputs: never below 0, never below 0 if no input is, or any. */
  readonly outputSign: 'nonNegative' | 'asInput' | 'any';
  /** Which positions of the input one position of the output depends on. */
  readonly receptiveField: Window2d | 'samePosition' | 'everything';
  /** Whether an output channel depends on several input channels. */
  readonly mixesChannels: boolean;
  /** Whether inputs of zero give outputs of zero, channel by channel. */
  readonly keepsZeros: boolean;
  /** Whether each output channel is a feature map, made by a filter of its own. */
  readonly hasFeatureMaps: boolean;
  /** A rectifier puts out zero for every input below zero, softmax probabilities; null for all other layers. */
  readonly activation: 'rectifier' | 'probabilities' | null;
}

/** A layer that works on each value alone and passes it on as it is: dropout, flatten, input. */
export const identityTraits: LayerTraits = {
  identityAtInference: true,
  outputSign: 'asInput',
  receptiveField: 'samePosition',
  mixesChannels: false,
  keepsZeros: true,
  hasFeatureMaps: false,
  activation: null,
};
