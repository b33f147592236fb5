import { expect, test } from 'vitest';
import { compile } from '../../src/core/compile/compile.ts';
import { createExecutable, planPrograms } from '../../src/core/compile/executable.ts';
import { parameterSet } from '../../src/core/compile/parameterSet.ts';
import { persistentBuffer } from '../../src/core/engine/buffers.ts';
import { kernelCall } from '../../src/core/engine/kernelCall.ts';
import { type RandomSequence, randomSequence, seedWords } from '../../src/core/engine/random.ts';
import { keepIn65536 } from '../../src/core/graph/layers/dropout.ts';
import { definitionOf } from '../../src/core/graph/layers/index.ts';
import { buildNetwork, layerOf, logitsOf, type Network } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { type Shape, sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { relativeErrorOrSize } from './contract.ts';
import { engineWithNanInDeadMemory } from './deadMemory.ts';
import { dropoutMask } from './references/dropoutMask.ts';

const samples = [5, 6, 7];
const N = samples.length;
const drawing = { seed: 7, step: 3 };

/** A graph that is valid by construction: layers read the last one or any earlier one, sums join what has one shape. */
function randomGraph(random: RandomSequence): LayerSpec[] {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const input = {
    type: 'input',
    name: 'in',
    shape: pick([
      [8, 8, 2],
      [9, 7, 8],
      [12, 10, 4],
      [7, 7, 12],
    ]),
  } as const;
  const spec: LayerSpec[] = [input];
  const shapes = new Map<string, Shape>([['in', input.shape]]);
  const add = (layer: LayerSpec, inputs: readonly string[]) => {
    const shape = definitionOf(layer).outputShape(layer, ...inputs.map((name) => shapes.get(name)!));
    if ('needs' in shape || sizeOf(shape) > 3000) return undefined;
    const name = `l${spec.length}`;
    spec.push({ ...layer, name, inputs });
    shapes.set(name, shape);
    return name;
  };
  const dropout = (): LayerSpec => ({ type: 'dropout', rate: pick([0, 1e-6, 0.25, 0.5]) });
  const pictureLayers: readonly ((shape: Shape) => LayerSpec)[] = [
    () => ({ type: 'conv2d', filters: pick([1, 3, 8, 12]), kernelSize: pick([1, 2, 3]), strides: pick([1, 1, 2]) }),
    () => ({
      type: 'conv2d',
      filters: pick([4, 17]),
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
    () => ({ type: 'relu' }),
    () => ({ type: 'relu6' }),
    () => ({ type: 'leakyRelu' }),
    () => ({ type: pick(['globalMaxPooling2d', 'globalAveragePooling2d']) }),
    () => ({ type: 'flatten' }),
    ([H, W, C]) => ({ type: 'reshape', shape: pick([[W!, H!, C!], [H!, W! * C!, 1], [H! * W! * C!]]) }),
    dropout,
  ];
  const flatLayers: readonly ((shape: Shape) => LayerSpec)[] = [
    () => ({ type: 'dense', units: pick([1, 8, 33]), activation: 'relu' }),
    () => ({ type: 'dense', units: pick([3, 10]) }),
    () => ({ type: 'softmax' }),
    ([D]) => ({ type: 'reshape', shape: pick([[1, 1, D!], [1, D!, 1], [D!]]) }),
    dropout,
  ];
  for (let i = 4 + random.below(8); i > 0; i--) {
    const names = [...shapes.keys()];
    const source = random.below(10) < 7 ? names.at(-1)! : pick(names);
    const shape = shapes.get(source)!;
    const alike = names.filter((name) => shapes.get(name)!.join() === shape.join());
    const joinable = names.filter((name) => shapes.get(name)!.slice(0, -1).join() === shape.slice(0, -1).join());
    if (random.below(5) === 0) add({ type: 'add' }, [source, pick(alike)]);
    else if (random.below(6) === 0) add({ type: 'concatenate' }, [source, pick(joinable), pick(joinable)]);
    else add(pick(shape.length === 3 ? pictureLayers : flatLayers)(shape), [source]);
    // What the table of fusion rules looks for.
    if (random.below(3) > 0 || shape.length !== 3) continue;
    const fused: LayerSpec[] = [
      { type: 'conv2d', filters: pick([5, 8]), kernelSize: 3, activation: 'relu' },
      dropout(),
    ];
    let last: string | undefined = source;
    const padding = pick(['valid', 'same'] as const);
    for (const layer of [...fused, { type: 'maxPooling2d', padding } as const, { type: 'zeroPadding2d' } as const]) {
      last = last && random.below(8) > 0 ? add(layer, [last]) : last;
    }
  }
  const read = new Set(spec.flatMap(({ inputs }) => inputs ?? []));
  const ends = [...shapes.keys()].filter((name) => !read.has(name));
  const scores = ends.map((end) => {
    const flat = shapes.get(end)!.length === 3 ? add({ type: 'flatten' }, [end])! : end;
    return add({ type: 'dense', units: 10 }, [flat])!;
  });
  add({ type: 'softmax' }, [scores.length > 1 ? add({ type: 'add' }, scores)! : scores[0]!]);
  return spec;
}

function masksOf(network: Network): Record<string, boolean[]> {
  const masks = network.layers.flatMap(({ name, spec, index, outputShape }) => {
    if (spec.type !== 'dropout' || keepIn65536(spec) === 65536) return [];
    const draw = (sample: number) =>
      dropoutMask(sizeOf(outputShape), keepIn65536(spec), { ...drawing, sample, layer: index });
    return [[name, samples.flatMap(draw)] as const];
  });
  return Object.fromEntries(masks);
}

/** The wanted outputs and the parameters' gradients, with NaN in all memory that is not in use. */
async function onKernels(
  network: Network,
  parameters: Float32Array,
  x: Float32Array,
  dy: Float32Array,
  options: { readonly fuse: boolean; readonly dropout: boolean; readonly outputs: readonly string[] },
) {
  const set = parameterSet(network);
  const dropout = { samples: persistentBuffer('test', N * 4), context: persistentBuffer('test', 12) };
  const from = logitsOf(network).name;
  const net = compile(network, {
    parameters: set,
    outputs: options.outputs,
    microBatch: N + 1,
    fuse: options.fuse,
    dropout: options.dropout ? dropout : undefined,
    backwardFrom: from,
  });
  const clear = kernelCall(
    'test',
    'zeroFill',
    { x: set.gradients },
    { units: network.parameterCount, chunkSize: 4096 },
  );
  const programs = {
    calls: { pack: set.pack, forward: net.forward, backward: [clear, ...net.before, ...net.backward, ...net.after] },
    sequence: ['forward', 'backward'] as const,
    kept: [
      net.input,
      net.gradient(from),
      set.values,
      set.gradients,
      dropout.samples,
      dropout.context,
      ...options.outputs.map(net.output),
    ],
    scratchBytes: net.scratchBytes,
  };
  const { engine } = engineWithNanInDeadMemory(planPrograms(programs));
  const { floats, words, run, close } = await createExecutable(engine, 1, programs);
  floats(set.values).set(parameters);
  floats(net.input).set(x);
  words(dropout.context).set([...seedWords(drawing.seed), drawing.step]);
  words(dropout.samples).set(samples);
  await run([{ program: 'pack' }, { program: 'forward', count: N }]);
  floats(net.gradient(from)).set(dy);
  await run([{ program: 'backward', count: N }]);
  const rows = (name: string) => floats(net.output(name)).slice(0, N * sizeOf(layerOf(network, name).outputShape));
  const result = { outputs: options.outputs.map(rows), gradients: floats(set.gradients).slice() };
  await close();
  return result;
}

test.each(Array.from({ length: 60 }, (_, i) => i))(
  'random graph %i agrees with the reference, fused and not, dropout on and off: relative error under 1e-4',
  async (i) => {
    const random = randomSequence(2024, 1, i);
    const network = buildNetwork(randomGraph(random));
    const values = (length: number, limit: number) =>
      Float32Array.from({ length }, () => (random.float() * 2 - 1) * limit);
    const parameters = values(network.parameterCount, 0.4);
    const x = values(N * sizeOf(network.inputShape), 1);
    const dy = values(N * 10, 0.5);
    for (const dropout of [false, true]) {
      const reference = referenceNetwork(network, parameters, x, dropout ? masksOf(network) : {});
      const expected = reference.backward(logitsOf(network).name, dy).parameters;
      for (const fuse of [false, true]) {
        const outputs = network.layers.map(({ name }) => name).filter(() => random.below(3) === 0);
        const found = await onKernels(network, parameters, x, dy, { fuse, dropout, outputs });
        for (const [o, name] of outputs.entries()) {
          expect(relativeErrorOrSize(found.outputs[o]!, reference.activations.get(name)!), name).toBeLessThan(1e-4);
        }
        expect(relativeErrorOrSize(found.gradients, expected), `gradients, fuse ${fuse}`).toBeLessThan(1e-4);
      }
    }
  },
);
