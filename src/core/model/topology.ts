import type { Layer } from '../graph/layer.ts';
import { traitsOf } from '../graph/layers/index.ts';
import { dependenciesOf, type Network, readersOf } from '../graph/network.ts';

/**
 * The first layer behind this one, along layers that are read by one layer and read one, that `passes` does not hold for;
 * undefined where there is none, or where the graph branches or joins before it.
 */
export function readerBehind(network: Network, layer: Layer, passes: (reader: Layer) => boolean): Layer | undefined {
  const readers = readersOf(network, layer);
  const [reader] = readers;
  if (!reader || readers.length > 1 || reader.inputs.length > 1) return undefined;
  return passes(reader) ? readerBehind(network, reader, passes) : reader;
}

/** Whether each output of the layer is a weighted sum of all inputs. */
export function isDense({ spec, parameters }: Layer): boolean {
  return parameters.length > 0 && traitsOf(spec).receptiveField === 'everything';
}

/** The dense layer that comes last in execution order. */
export function lastDense({ execution }: Network): Layer | undefined {
  return execution.findLast(isDense);
}

/** Whether this layer, or one that its output depends on, has weights. */
export function hasWeights(layer: Layer): boolean {
  return [...dependenciesOf([layer])].some(({ parameters }) => parameters.length > 0);
}

/** For each layer the one whose weights made its channels; null where that is none, or they were mixed with positions. */
export function channelSources(network: Network): ReadonlyMap<string, Layer | null> {
  const sources = new Map<string, Layer | null>();
  for (const layer of network.execution) {
    const [input, ...others] = layer.inputs;
    const own = layer.parameters.length > 0 ? layer : null;
    const keepsChannels = input && others.length === 0 && layer.inputShape.length === layer.outputShape.length;
    const inherited = keepsChannels ? sources.get(input.name)! : null;
    const { mixesChannels, hasFeatureMaps } = traitsOf(layer.spec);
    sources.set(layer.name, mixesChannels || hasFeatureMaps ? own : inherited);
  }
  return sources;
}
