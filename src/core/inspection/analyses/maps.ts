import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { followsFrom, type Network } from '../../graph/network.ts';
import { isDense, lastDense, readerBehind } from '../../model/topology.ts';
import type { Estimate, MapMetrics } from '../record.ts';
import type { LayerChoice } from '../target.ts';

/** A layer whose maps (or units, if it is flat) are analysed one by one. */
export interface MapLayer {
  /** The convolution or dense layer whose outputs they are. */
  readonly source: Layer;
  readonly layer: Layer;
  /** The number of maps or units. */
  readonly channels: number;
  /** The first layer after it whose output for zeros is not zeros: it mixes channels, adds a bias, or is softmax. */
  readonly reader: Layer;
}

/**
 * Feature maps: after the ReLU that follows a convolution (directly, or after pooling, padding or dropout), or of the convolution
 * itself if none follows. Hidden units: after the ReLU of every dense layer but the last.
 */
export function mapLayers(network: Network, choice?: LayerChoice): readonly MapLayer[] {
  const last = lastDense(network);
  return network.layers.flatMap((source) => {
    const { hasFeatureMaps } = traitsOf(source.spec);
    const next = readerBehind(network, source, keepsMaps);
    const rectifier = next && isRectifier(next) ? next : undefined;
    if (!hasFeatureMaps && !(isDense(source) && rectifier && source !== last)) return [];
    const layer = rectifier ?? source;
    if (choice && !choice.maps.includes(layer.name)) return [];
    const reader = readerBehind(network, layer, ({ spec }) => traitsOf(spec).keepsZeros);
    // Ablation runs what follows from the reader's output, or from its input where the reader is softmax.
    const isCut = reader && followsFrom(network, isLinear(reader) ? reader : reader.inputs[0]!);
    return isCut ? [{ source, layer, channels: layer.outputShape.at(-1)!, reader }] : [];
  });
}

/** Whether the layer weights its input channels and adds them up, so that what one channel adds can be subtracted. */
export function isLinear({ spec, parameters }: Layer): boolean {
  return parameters.length > 0 && traitsOf(spec).mixesChannels;
}

/** Convolutions whose maps cannot be ablated by themselves, since other branches lead around them: no map layers. */
export function sharedMapLayers(network: Network): readonly Layer[] {
  const found = mapLayers(network).map(({ source }) => source);
  return network.layers.filter((layer) => traitsOf(layer.spec).hasFeatureMaps && !found.includes(layer));
}

/** Whether each channel of the output shows the map of the same channel of the input: pooling, padding, dropout. */
function keepsMaps(layer: Layer): boolean {
  const { mixesChannels, hasFeatureMaps, activation } = traitsOf(layer.spec);
  return (
    !mixesChannels && !hasFeatureMaps && activation === null && layer.inputShape.length === layer.outputShape.length
  );
}

function isRectifier({ spec }: Layer): boolean {
  return traitsOf(spec).activation === 'rectifier';
}

/** A map's metrics, without those of its ablation. */
export type MapProfile = Omit<MapMetrics, 'accuracyLost'>;

/** The ablation of one map. */
export interface MapAblation {
  readonly layer: string;
  readonly channel: number;
  /** Accuracy with the map minus accuracy without it. */
  readonly accuracyLost: Estimate;
}

/** Joins profiles and ablations of the same maps, in the same order. */
export function mapMetrics(profiles: readonly MapProfile[], ablations: readonly MapAblation[]): MapMetrics[] {
  return profiles.map((profile, i) => ({ ...profile, accuracyLost: ablations[i]!.accuracyLost }));
}

/** For each of K maps the images with the highest maxima. */
export interface TopImages {
  /** Adds one image: each map's maximum and its position. */
  add(image: number, values: Float32Array, positions: Int32Array): void;
  /** A map's images, highest first; of equals, the lower number first. Maxima must be above 0. */
  of(channel: number): readonly { readonly image: number; readonly value: number; readonly position: number }[];
}

export function createTopImages(channels: number, keep: number): TopImages {
  const kept = Array.from({ length: channels }, () => [] as { image: number; value: number; position: number }[]);
  const threshold = new Float32Array(channels);
  return {
    add(image, values, positions) {
      for (let k = 0; k < channels; k++) {
        const value = values[k]!;
        // Equal values count too, since the lower number goes first; but 0 never does.
        if (value < threshold[k]! || value <= 0) continue;
        const list = kept[k]!;
        list.push({ image, value, position: positions[k]! });
        list.sort((a, b) => b.value - a.value || a.image - b.image);
        if (list.length > keep) list.pop();
        if (list.length === keep) threshold[k] = list.at(-1)!.value;
      }
    },
    of: (channel) => kept[channel]!,
  };
}
