import type { LabelledImages } from '../../data/images.ts';
import { readPreprocessed } from '../../data/preprocessing.ts';
import type { Layer } from '../../graph/layer.ts';
import { definitionOf } from '../../graph/layers/index.ts';
import { buildNetwork, dependenciesOf, type Network } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { argmax } from '../../training/metrics.ts';
import { bootstrapMean, drawResamples } from '../measures/intervals.ts';
import { createRunner, type Part, type Runner, type Weighted } from '../runner.ts';
import { type AnalysisOptions, drawImages } from '../sample.ts';
import { type InspectionTarget, isLarge } from '../target.ts';
import { isLinear, type MapAblation, type MapLayer, mapLayers } from './maps.ts';

/** Test images of the quick report. */
const quickImages = 200;
/** Multiply-adds of the whole analysis, about; a network that needs more is measured on fewer images, but on at least `fewestImages`. */
const mostMultiplyAdds = 5e11;
const fewestImages = 500;
/** The same for the quick report of a large network. */
const quickly = { mostMultiplyAdds: 1e11, fewestImages: 50 };
/** Values that the rest of the network takes at once. */
const valuesAtOnce = 2 ** 18;

export interface Ablations {
  /** The number of test images, drawn at random. */
  readonly images: number;
  /** Every map of `mapLayers`, in that order. */
  readonly maps: readonly MapAblation[];
}

/**
 * The accuracy that is lost when one map (or hidden unit) is set to 0, for each in turn: the
 * single-unit ablation of Morcos et al. 2018. Intervals are bootstrapped over images, with and without the map on the same ones.
 */
export async function ablateMaps({ target, set, seed, quick, onProgress }: AnalysisOptions): Promise<Ablations> {
  const { network } = target;
  const layers = mapLayers(network, target.layers);
  const costs = layers.map((map) => ablationCost(network, map));
  const cost = costs.reduce((sum, each) => sum + each, 0);
  const limits = quick && isLarge(network) ? quickly : { mostMultiplyAdds, fewestImages };
  const affordable = Math.max(limits.fewestImages, Math.floor(limits.mostMultiplyAdds / Math.max(1, cost)));
  const order = drawImages(set.count, Math.min(quick ? quickImages : set.count, affordable), seed, 'ablation');
  const resamples = drawResamples(order.length, seed);
  const maps: MapAblation[] = [];
  let spent = 0;
  for (const [i, map] of layers.entries()) {
    const lost = await ablateLayer(target, map, set, order, (share) =>
      onProgress?.((spent + costs[i]! * share) / cost, `ablating the maps of ${map.layer.name}`),
    );
    spent += costs[i]!;
    for (const [channel, each] of lost.entries()) {
      maps.push({ layer: map.layer.name, channel, accuracyLost: bootstrapMean(each, resamples) });
    }
  }
  return { images: order.length, maps };
}

/** Multiply-adds per image for all maps of a layer: a linear reader runs about once, the layers behind it once per map. */
export function ablationCost({ output }: Network, { channels, reader }: MapLayer): number {
  const behind = [...dependenciesOf([output], reader)].filter((layer) => layer !== reader);
  const linear = isLinear(reader);
  const forEach = (linear ? sizeOf(reader.outputShape) : multiplyAdds([reader])) + multiplyAdds(behind);
  return (linear ? multiplyAdds([reader]) : 0) + channels * forEach;
}

/** Per image; each output value counts as one more. */
function multiplyAdds(layers: readonly Layer[]): number {
  return layers.reduce((sum, { spec, inputShape, outputShape }) => {
    const own = definitionOf(spec).multiplyAdds?.(spec, inputShape, outputShape) ?? 0;
    return sum + own + sizeOf(outputShape);
  }, 0);
}

/**
 * Ablates the maps of one layer. Up to the next layer that mixes channels, zeros stay zeros, so everything up to there is
 * computed once. That layer is linear: up to rounding, its output without a map is its output for all maps minus its output
 * for that map alone. Only the layers behind it run once per map. If a layer that is not linear reads the maps, such as softmax,
 * they are set to 0 before it.
 * @returns by channel, what each image loses: 1 if it is classified correctly only with the map, −1 if only without it
 */
async function ablateLayer(
  target: InspectionTarget,
  { channels, reader }: MapLayer,
  set: LabelledImages,
  order: Uint32Array,
  onShare: (share: number) => void,
): Promise<readonly Int8Array[]> {
  const { network, engine, threads } = target;
  const linear = isLinear(reader);
  const classes = sizeOf(network.outputShape);
  const widest = Math.max(sizeOf(reader.inputShape), sizeOf(reader.outputShape));
  const images = Math.max(16, Math.min(512, Math.floor(valuesAtOnce / widest)));
  const lost = Array.from({ length: channels }, () => new Int8Array(order.length));
  const runners: Runner[] = [];
  const runner = async (weighted: Weighted, part: Part) => {
    const made = await createRunner(weighted, engine, threads, images, part);
    runners.push(made);
    return made;
  };
  try {
    const read = reader.inputs[0]!.name;
    const before = await runner(target, { to: read });
    const all = linear ? await runner(target, { from: read, to: reader.name }) : before;
    const one = linear ? await runner(onOneChannel(target, reader, channels, 0), {}) : undefined;
    const rest = await runner(target, { from: linear ? reader.name : read });
    for (let from = 0; from < order.length; from += images) {
      const chosen = order.subarray(from, from + images);
      const count = chosen.length;
      /** 1 for each image that is classified correctly, else 0. */
      const predict = async () => {
        await rest.run(count);
        const answer = (n: number) => argmax(rest.output, n * classes, (n + 1) * classes);
        return Array.from(chosen, (image, n) => Number(answer(n) === set.labels[image]));
      };
      await readPreprocessed(target.preprocessing, set, chosen, before.input);
      await before.run(count);
      const maps = before.output.subarray(0, count * sizeOf(reader.inputShape));
      if (linear) {
        all.input.set(maps);
        await all.run(count);
      }
      const whole = all.output.subarray(0, count * sizeOf(linear ? reader.outputShape : reader.inputShape));
      rest.input.set(whole);
      const correct = await predict();
      for (let channel = 0; channel < channels; channel++) {
        // Ablating a map that is 0 on all these images changes nothing.
        if (isZero(maps, channel, channels)) continue;
        if (one) {
          for (let i = channel, to = 0; i < maps.length; i += channels) one.input[to++] = maps[i]!;
          await one.setParameters(onOneChannel(target, reader, channels, channel).parameters);
          await one.run(count);
          subtract(rest.input, whole, one.output);
        } else {
          rest.input.set(whole);
          for (let i = channel; i < whole.length; i += channels) rest.input[i] = 0;
        }
        const without = await predict();
        for (let n = 0; n < count; n++) lost[channel]![from + n] = correct[n]! - without[n]!;
      }
      onShare((from + count) / order.length);
    }
  } finally {
    for (const each of runners) await each.close();
  }
  return lost;
}

/** The part of a convolution or dense layer that reads one channel, without bias. */
function onOneChannel(
  { network, parameters }: InspectionTarget,
  { spec, inputShape, parameters: own }: Layer,
  channels: number,
  channel: number,
): Weighted {
  const kernel = own[0]!;
  const shape = inputShape.length === 3 ? [inputShape[0]!, inputShape[1]!, 1] : [inputShape[0]! / channels];
  // Both kernels end in [C, filters or units]; a flattened image has its channels last.
  const filters = kernel.shape.at(-1)!;
  // The name of the network's own input is no other layer's.
  const input: LayerSpec = { type: 'input', name: network.execution[0]!.name, shape };
  const part = buildNetwork([input, { ...spec, inputs: [input.name!] }]);
  const values = new Float32Array(part.parameterCount);
  for (let place = 0; place < kernel.size / channels / filters; place++) {
    const from = kernel.offset + (place * channels + channel) * filters;
    values.set(parameters.subarray(from, from + filters), place * filters);
  }
  return { network: part, parameters: values };
}

/** Channels are the last axis, of images and of vectors. */
function isZero(values: Float32Array, channel: number, channels: number): boolean {
  for (let i = channel; i < values.length; i += channels) if (values[i] !== 0) return false;
  return true;
}

/** to = a − b. Four at a time: this is the longest loop of an inspection. */
function subtract(to: Float32Array, a: Float32Array, b: Float32Array): void {
  let i = 0;
  for (; i + 4 <= a.length; i += 4) {
    to[i] = a[i]! - b[i]!;
    to[i + 1] = a[i + 1]! - b[i + 1]!;
    to[i + 2] = a[i + 2]! - b[i + 2]!;
    to[i + 3] = a[i + 3]! - b[i + 3]!;
  }
  for (; i < a.length; i++) to[i] = a[i]! - b[i]!;
}
