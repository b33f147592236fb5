import type { RandomSequence } from '../../src/core/engine/random.ts';
import type { Layer } from '../../src/core/graph/layer.ts';
import { definitionOf } from '../../src/core/graph/layers/index.ts';
import { globalGeometry, poolingGeometry } from '../../src/core/graph/layers/pooling/pooling.ts';
import type { Network } from '../../src/core/graph/network.ts';
import type { ReferenceRecording } from '../../src/core/graph/reference.ts';
import { type Shape, sizeOf } from '../../src/core/graph/shape.ts';
import type { GlobalMaxPooling2dSpec, LayerSpec, MaxPooling2dSpec } from '../../src/core/graph/spec.ts';
import type { WindowGeometry } from '../../src/core/graph/window.ts';

export const classes = 10;
/** Values of a layer's output per image, at most. */
const mostValues = 600;

/** Chooses one of several with equal probability. */
export type Choose = <T>(items: readonly T[]) => T;

export function picking(random: RandomSequence): Choose {
  return (items) => items[random.below(items.length)]!;
}

/** Layers that read a picture; `random` decides on their options. */
function pictureLayers(pick: Choose): readonly ((shape: Shape) => LayerSpec)[] {
  return [
    () => ({
      type: 'conv2d',
      filters: pick([1, 3, 8, 12]),
      kernelSize: pick([1, 2, 3]),
      strides: pick([1, 1, 2]),
      padding: pick(['valid', 'same']),
      useBias: pick([true, false]),
    }),
    // Winograd's, where the input's channels are a multiple of eight.
    () => ({ type: 'conv2d', filters: pick([8, 16]), kernelSize: 3, padding: pick(['valid', 'same', 'same']) }),
    () => ({
      type: 'conv2d',
      filters: pick([4, 8, 17]),
      kernelSize: 3,
      activation: pick(['relu', 'relu6']),
      trainable: pick([true, false]),
    }),
    () => ({
      type: 'depthwiseConv2d',
      kernelSize: pick([2, 3, 5]),
      strides: pick([1, 1, 2]),
      padding: pick(['valid', 'same', 'same']),
      useBias: pick([true, false]),
      trainable: pick([true, true, false]),
    }),
    () => ({ type: 'maxPooling2d', strides: pick([1, 2]) }),
    () => ({ type: 'maxPooling2d', poolSize: pick([2, 3]), strides: pick([1, 2]), padding: 'same' }),
    () => ({ type: 'averagePooling2d', poolSize: pick([2, 3]), padding: pick(['valid', 'same']) }),
    () => ({ type: 'zeroPadding2d', padding: pick([0, 1]) }),
    () => ({ type: pick(['relu', 'relu6', 'leakyRelu']) }),
    () => ({ type: 'leakyRelu', negativeSlope: pick([0, 0.1]) }),
    () => ({ type: pick(['globalMaxPooling2d', 'globalAveragePooling2d']) }),
    () => ({ type: 'flatten' }),
    ([H, W, C]) => ({ type: 'reshape', shape: pick([[W!, H!, C!], [H!, W! * C!, 1], [H! * W! * C!]]) }),
    () => normalization(pick),
    () => normalization(pick),
    () => dropout(pick),
  ];
}

function flatLayers(pick: Choose): readonly ((shape: Shape) => LayerSpec)[] {
  return [
    () => ({ type: 'dense', units: pick([1, 8, 33]), activation: 'relu' }),
    () => ({ type: 'dense', units: pick([3, 10]), trainable: pick([true, true, false]) }),
    () => ({ type: 'softmax' }),
    ([D]) => ({ type: 'reshape', shape: pick([[1, 1, D!], [1, D!, 1], [D!]]) }),
    () => normalization(pick),
    () => dropout(pick),
  ];
}

function dropout(pick: Choose): LayerSpec {
  return { type: 'dropout', rate: pick([0, 1e-6, 0.25, 0.5]) };
}

function normalization(pick: Choose): LayerSpec {
  return {
    type: 'batchNormalization',
    // Small variances would divide rounding errors by their roots.
    epsilon: pick([0.1, 0.5]),
    momentum: pick([0, 0.5, 0.9]),
    center: pick([true, true, false]),
    scale: pick([true, true, false]),
    trainable: pick([true, true, true, false]),
    ...pick([{}, {}, { groupSize: 2 }, { groupSize: 3 }]),
  };
}

/** Layers in a row that the table of fusion rules looks for, each with probability 7/8. */
function fusedRow(pick: Choose): readonly LayerSpec[] {
  const padding = pick(['valid', 'same'] as const);
  const pooled: LayerSpec[] = [
    { type: 'conv2d', filters: pick([5, 8]), kernelSize: 3, activation: 'relu' },
    dropout(pick),
    { type: 'maxPooling2d', padding },
    { type: 'zeroPadding2d' },
  ];
  const normalized: LayerSpec[] = [
    { type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', useBias: false },
    { type: 'maxPooling2d', padding },
    normalization(pick),
    { type: pick(['relu', 'relu', 'relu6']) },
  ];
  return pick([pooled, normalized]).filter(() => pick([1, 2, 3, 4, 5, 6, 7, 8]) > 1);
}

/** A graph that is valid by construction: layers read the last one or any earlier one, joins read what fits together. */
export function randomGraph(random: RandomSequence): LayerSpec[] {
  const pick = picking(random);
  const shape: Shape = pick([
    [8, 8, 2],
    [9, 7, 8],
    [7, 5, 4],
    [6, 6, 16],
  ]);
  const spec: LayerSpec[] = [{ type: 'input', name: 'in', shape }];
  const shapes = new Map<string, Shape>([['in', shape]]);
  // As an input, the name of a layer with an activation means the activation's output.
  const add = (layer: LayerSpec, inputs: readonly string[]) => {
    const output = definitionOf(layer).outputShape(layer, ...inputs.map((name) => shapes.get(name)!));
    if ('needs' in output || sizeOf(output) > mostValues) return undefined;
    const name = `l${spec.length}`;
    spec.push({ ...layer, name, inputs });
    shapes.set(name, output);
    return name;
  };
  for (let i = 4 + random.below(8); i > 0; i--) {
    const names = [...shapes.keys()];
    const source = random.below(10) < 7 ? names.at(-1)! : pick(names);
    const from = shapes.get(source)!;
    const alike = names.filter((name) => shapes.get(name)!.join() === from.join());
    const joinable = names.filter((name) => shapes.get(name)!.slice(0, -1).join() === from.slice(0, -1).join());
    if (random.below(5) === 0) add({ type: 'add' }, [source, pick(alike)]);
    else if (random.below(6) === 0) add({ type: 'concatenate' }, [source, pick(joinable), pick(joinable)]);
    else add(pick(from.length === 3 ? pictureLayers(pick) : flatLayers(pick))(from), [source]);
    if (random.below(3) > 0 || from.length !== 3) continue;
    let last: string | undefined = source;
    for (const layer of fusedRow(pick)) last = last && add(layer, [last]);
  }
  const read = new Set(spec.flatMap(({ inputs }) => inputs ?? []));
  const ends = [...shapes.keys()].filter((name) => !read.has(name));
  const scores = ends.map((end) => {
    const flat = shapes.get(end)!.length === 3 ? add({ type: 'flatten' }, [end])! : end;
    return add({ type: 'dense', units: classes }, [flat])!;
  });
  add({ type: 'softmax' }, [scores.length > 1 ? add({ type: 'add' }, scores)! : scores[0]!]);
  return spec;
}

/** Parameters with which values keep about their size from layer to layer. */
export function randomParameters(network: Network, random: RandomSequence): Float32Array {
  const flat = new Float32Array(network.parameterCount);
  const within = (low: number, high: number) => low + random.float() * (high - low);
  for (const { role, shape, offset, size } of network.parameters) {
    const limit = Math.sqrt(3 / (size / shape.at(-1)!));
    for (let i = offset; i < offset + size; i++) {
      if (role === 'kernel') flat[i] = within(-limit, limit);
      else if (role === 'movingVariance') flat[i] = within(0.5, 1.5);
      else if (role === 'gamma') flat[i] = within(0.5, 1.5) * (random.below(4) === 0 ? -1 : 1);
      else flat[i] = within(-0.5, 0.5);
    }
  }
  return flat;
}

export function randomInputs(length: number, random: RandomSequence, limit = 1): Float32Array {
  return Float32Array.from({ length }, () => (random.float() * 2 - 1) * limit);
}

const kinks: Readonly<Partial<Record<LayerSpec['type'], readonly number[]>>> = {
  relu: [0],
  relu6: [0, 6],
  leakyRelu: [0],
};

/**
 * Whether rounding errors could change what a layer passes on: an input of a ReLU by its kink, or two nearly equal values of which
 * max pooling takes the larger. Values that are exactly at a kink or equal are so in float32 too.
 * @param reach as a share of the largest value that the layer reads
 */
export function isNearKink(
  network: Network,
  { activations }: Pick<ReferenceRecording, 'activations'>,
  reach: number,
): boolean {
  return network.layers.some((layer) => {
    if (layer.inputs.length !== 1) return false;
    const x = activations.get(layer.inputs[0]!.name)!;
    const margin = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * reach;
    const isClose = (value: number, to: number) => value !== to && Math.abs(value - to) < margin;
    const places = kinks[layer.spec.type] ?? [];
    if (places.length > 0) return x.some((value) => places.some((place) => isClose(value, place)));
    const g = maximumGeometry(layer);
    return g !== undefined && windowsOf(x, g).some((values) => values.some((v) => isClose(v, Math.max(...values))));
  });
}

function maximumGeometry(layer: Layer): WindowGeometry | undefined {
  if (layer.spec.type === 'maxPooling2d') return poolingGeometry(layer as Layer<MaxPooling2dSpec>);
  if (layer.spec.type === 'globalMaxPooling2d') return globalGeometry(layer as Layer<GlobalMaxPooling2dSpec>);
  return undefined;
}

/** The values of every window of every picture and channel. */
function windowsOf(x: Float64Array, g: WindowGeometry): number[][] {
  const windows: number[][] = [];
  for (let n = 0; n < x.length / (g.H * g.W * g.C); n++)
    for (let top = -g.top; top < g.OH * g.sy - g.top; top += g.sy)
      for (let left = -g.left; left < g.OW * g.sx - g.left; left += g.sx)
        for (let c = 0; c < g.C; c++) {
          const values: number[] = [];
          for (let h = Math.max(top, 0); h < Math.min(top + g.R, g.H); h++)
            for (let w = Math.max(left, 0); w < Math.min(left + g.S, g.W); w++)
              values.push(x[((n * g.H + h) * g.W + w) * g.C + c]!);
          windows.push(values);
        }
  return windows;
}
