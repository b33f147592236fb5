import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { buildNetwork, type Network, readersOf } from '../../graph/network.ts';
import type { LayerChoice } from '../target.ts';

/** A picture's sizes; a flat input [D] counts as one row of D pixels. */
export interface Picture {
  readonly H: number;
  readonly W: number;
  readonly C: number;
}

export function pictureOf({ inputShape }: Network): Picture {
  const [H, W, C] = inputShape.length === 3 ? (inputShape as [number, number, number]) : [1, inputShape[0]!, 1];
  return { H, W, C };
}

/** The network up to its logits: without a final softmax. Its parameters are the same. */
export function withoutSoftmax(network: Network): Network {
  const { output, layers } = network;
  if (traitsOf(output.spec).activation !== 'probabilities') return network;
  const rest = layers.filter((layer) => layer !== output);
  return buildNetwork(
    rest.map(({ spec, inputs }) => (inputs.length > 0 ? { ...spec, inputs: inputs.map(({ name }) => name) } : spec)),
  );
}

/** The convolutions, each with the layer whose output is its feature maps: the ReLU that follows, or else itself. */
export function convolutionsOf(network: Network, choice?: LayerChoice): readonly { convolution: Layer; maps: Layer }[] {
  return network.layers
    .filter(({ spec, name }) => traitsOf(spec).hasFeatureMaps && (!choice || choice.explained.includes(name)))
    .map((convolution) => {
      const rectifier = readersOf(network, convolution).find(({ spec }) => traitsOf(spec).activation === 'rectifier');
      return { convolution, maps: rectifier ?? convolution };
    });
}

/** Channels added up: [N, H, W, C] → N times [H, W]. */
export function sumChannels(values: ArrayLike<number>, { H, W, C }: Picture): Float64Array[] {
  return Array.from({ length: values.length / (H * W * C) }, (_, n) => {
    const map = new Float64Array(H * W);
    for (let i = 0; i < H * W * C; i++) map[Math.floor(i / C)]! += values[n * H * W * C + i]!;
    return map;
  });
}
