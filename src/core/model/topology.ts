import type { Network } from '../graph/graph.ts';
import type { Layer } from '../graph/layer.ts';
import { traitsOf } from '../graph/layers/index.ts';

/** The layers whose outputs a layer reads: none for the input, one for all others. */
export function inputsOf({ layers }: Network, layer: Layer): readonly Layer[] {
  return layers.slice(Math.max(0, layers.indexOf(layer) - 1), layers.indexOf(layer));
}

/** The layers that read a layer's output. */
export function readersOf(network: Network, layer: Layer): readonly Layer[] {
  return network.layers.filter((other) => inputsOf(network, other).includes(layer));
}

/** The first layer behind this one, along single readers, that `passes` does not hold for; undefined where there is none. */
export function readerBehind(network: Network, layer: Layer, passes: (reader: Layer) => boolean): Layer | undefined {
  const [reader] = readersOf(network, layer);
  return reader && passes(reader) ? readerBehind(network, reader, passes) : reader;
}

/** Whether each output of the layer is a weighted sum of all inputs. */
export function isDense({ spec, parameters }: Layer): boolean {
  return parameters.length > 0 && traitsOf(spec).receptiveField === 'everything';
}

/** For each layer the one whose weights made its channels; null where that is none, or they were mixed with positions. */
export function channelSources(network: Network): ReadonlyMap<string, Layer | null> {
  const sources = new Map<string, Layer | null>();
  for (const layer of network.layers) {
    const [input, ...others] = inputsOf(network, layer);
    const own = layer.parameters.length > 0 ? layer : null;
    const keepsChannels = input && others.length === 0 && layer.inputShape.length === layer.outputShape.length;
    const inherited = keepsChannels ? sources.get(input.name)! : null;
    sources.set(layer.name, traitsOf(layer.spec).mixesChannels ? own : inherited);
  }
  return sources;
}
