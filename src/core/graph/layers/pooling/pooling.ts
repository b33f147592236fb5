import type { Layer, LayerDefinition } from '../../layer.ts';
import { size2d, windowPadding } from '../../options.ts';
import { pair } from '../../shape.ts';
import type {
  AveragePooling2dSpec,
  GlobalAveragePooling2dSpec,
  GlobalMaxPooling2dSpec,
  MaxPooling2dSpec,
  Pooling2dOptions,
} from '../../spec.ts';
import { type WindowGeometry, windowGeometry, windowOutput } from '../../window.ts';

type WindowPooling = MaxPooling2dSpec | AveragePooling2dSpec;
type GlobalPooling = GlobalMaxPooling2dSpec | GlobalAveragePooling2dSpec;

/** The window of a pooling layer, defaults filled in. */
export function poolingWindow(spec: Pooling2dOptions) {
  const size = pair(spec.poolSize ?? 2);
  return { size, strides: pair(spec.strides ?? size), padding: spec.padding ?? 'valid' };
}

export function poolingGeometry(layer: Layer<WindowPooling>): WindowGeometry {
  const { size, strides, padding } = poolingWindow(layer.spec);
  return windowGeometry(layer, size, strides, padding);
}

/** What layers that pool windows, channel by channel, have in common. */
export const windowPooling = {
  help: {
    options:
      "[`poolSize`: 2 by default; `strides`: `poolSize` by default; `padding`: 'valid' (none, the default) or 'same', which does not count]",
    shape: "[H, W, C] → [OH, OW, C]; with 'same' [⌈H ÷ stride⌉, ⌈W ÷ stride⌉, C]",
  },
  options: { poolSize: size2d, strides: size2d, padding: windowPadding },
  required: [],
  outputShape(spec, input) {
    const { size, strides, padding } = poolingWindow(spec);
    const output = windowOutput(size, strides, padding, input);
    return 'needs' in output ? output : [...output, input![2]!];
  },
  traits(spec) {
    const { size, strides, padding } = poolingWindow(spec);
    return {
      identityAtInference: false,
      outputSign: 'asInput',
      receptiveField: { size, strides, before: padding === 'same' ? 'same' : [0, 0] },
      mixesChannels: false,
      keepsZeros: true,
      hasFeatureMaps: false,
      activation: null,
    };
  },
  isIdentity: () => false,
} satisfies Partial<LayerDefinition<WindowPooling>>;

/** One window: the whole picture. */
export function globalGeometry({ inputShape }: Layer<GlobalPooling>): WindowGeometry {
  const [H, W, C] = inputShape as [number, number, number];
  return { H, W, C, R: H, S: W, sy: 1, sx: 1, top: 0, left: 0, OH: 1, OW: 1 };
}

/** What layers that pool whole pictures, channel by channel, have in common. */
export const globalPooling = {
  help: { options: '', shape: '[H, W, C] → [C]' },
  options: {},
  required: [],
  outputShape: (_, input) => (input?.length === 3 ? [input[2]!] : { needs: '[height, width, channels]' }),
  traits: () => ({
    identityAtInference: false,
    outputSign: 'asInput',
    receptiveField: 'everything',
    mixesChannels: false,
    keepsZeros: true,
    hasFeatureMaps: false,
    activation: null,
  }),
  isIdentity: () => false,
} satisfies Partial<LayerDefinition<GlobalPooling>>;
