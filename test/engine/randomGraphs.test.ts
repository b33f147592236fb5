import { describe, expect, test } from 'vitest';
import { compile } from '../../src/core/compile/compile.ts';
import { createExecutable, overImages, planPrograms } from '../../src/core/compile/executable.ts';
import { parameterSet } from '../../src/core/compile/parameterSet.ts';
import { persistentBuffer } from '../../src/core/engine/buffers.ts';
import { kernelCall } from '../../src/core/engine/kernelCall.ts';
import { randomSequence, seedWords } from '../../src/core/engine/random.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { keepIn65536 } from '../../src/core/graph/layers/dropout.ts';
import { layerTypes } from '../../src/core/graph/layers/index.ts';
import { buildNetwork, layerOf, logitsOf, type Network } from '../../src/core/graph/network.ts';
import { parseNetwork } from '../../src/core/graph/parse.ts';
import { type ReferenceRecording, referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { BatchNormalizationSpec, LayerSpec } from '../../src/core/graph/spec.ts';
import { compileUpdate, defaultUpdate } from '../../src/core/training/update.ts';
import { relativeErrorOrSize, usesWinograd } from './contract.ts';
import { engineWithNanInDeadMemory } from './deadMemory.ts';
import { inlineEngine, workerEngine } from './engines.ts';
import { range } from './fixtures.ts';
import { classes, isNearKink, picking, randomGraph, randomInputs, randomParameters } from './randomGraphs.ts';
import { dropoutMask } from './references/dropoutMask.ts';

const graphs = Array.from({ length: 60 }, (_, i) => {
  const random = randomSequence(2024, 1, i);
  return { i, spec: randomGraph(random), random };
});
const samples = [5, 6, 7, 11, 13, 17];
const N = samples.length;
const drawing = { seed: 7, step: 3 };

function masksOf(network: Network): Record<string, boolean[]> {
  const masks = network.layers.flatMap(({ name, spec, index, outputShape }) => {
    if (spec.type !== 'dropout' || keepIn65536(spec) === 65536) return [];
    const draw = (sample: number) =>
      dropoutMask(sizeOf(outputShape), keepIn65536(spec), { ...drawing, sample, layer: index });
    return [[name, samples.flatMap(draw)] as const];
  });
  return Object.fromEntries(masks);
}

interface Mode {
  readonly fuse: boolean;
  /** Dropout, and normalisation by the statistics of the batch. */
  readonly training: boolean;
  readonly outputs: readonly string[];
  readonly microBatch: number;
}

/** A training step's forward and backward pass as programs, and the buffers that they read and write. */
function programsOf(network: Network, { fuse, training, outputs, microBatch }: Mode, images: number) {
  const set = parameterSet(network);
  const dropout = { samples: persistentBuffer('test', images * 4), context: persistentBuffer('test', 12) };
  const positions = persistentBuffer('test', images * 4);
  const from = logitsOf(network).name;
  const net = compile(network, {
    parameters: set,
    outputs,
    microBatch,
    fuse,
    winograd: true,
    batchStatistics: training,
    positionInBatch: positions,
    dropout: training ? dropout : undefined,
    backwardFrom: from,
  });
  const clear = kernelCall(
    'test',
    'zeroFill',
    { x: set.gradients },
    { units: network.parameterCount, chunkSize: 4096 },
  );
  const programs = {
    calls: {
      pack: set.pack,
      begin: [clear, ...net.before],
      forward: net.forward,
      backward: net.backward,
      end: net.after,
    },
    sequence: ['forward', 'backward'] as const,
    kept: [
      net.input,
      net.gradient(from),
      set.values,
      set.gradients,
      dropout.samples,
      dropout.context,
      positions,
      ...outputs.map(net.output),
    ],
    scratchBytes: net.scratchBytes,
  };
  return { set, dropout, positions, net, programs, from };
}

interface Given {
  readonly parameters: Float32Array;
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly samples: readonly number[];
}

/** The outputs, the gradients, and the parameters with what a layer keeps beside those that are trained. */
async function onKernels(
  network: Network,
  given: Given,
  mode: Mode,
  engineFor: (programs: ReturnType<typeof programsOf>['programs']) => Pick<Engine, 'module' | 'createTeam'>,
) {
  const { set, dropout, positions, net, programs, from } = programsOf(network, mode, given.samples.length);
  const { floats, words, run, close } = await createExecutable(engineFor(programs), 1, programs);
  floats(set.values).set(given.parameters);
  words(dropout.context).set([...seedWords(drawing.seed), drawing.step]);
  const outputs = mode.outputs.map(() => [] as number[]);
  await run([{ program: 'pack' }, { program: 'begin' }]);
  const perImage = sizeOf(network.inputShape);
  for (const { offset, count } of overImages('forward', given.samples.length, mode.microBatch)) {
    const [first, last] = [offset!, offset! + count!];
    floats(net.input).set(given.x.subarray(first * perImage, last * perImage));
    words(dropout.samples).set(given.samples.slice(first, last));
    words(positions).set(given.samples.slice(first, last).map((_, i) => first + i));
    await run([{ program: 'forward', count: count! }]);
    floats(net.gradient(from)).set(given.dy.subarray(first * classes, last * classes));
    await run([{ program: 'backward', count: count! }]);
    for (const [o, name] of mode.outputs.entries()) {
      const values = floats(net.output(name)).subarray(0, count! * sizeOf(layerOf(network, name).outputShape));
      for (const value of values) outputs[o]!.push(value);
    }
  }
  await run([{ program: 'end' }]);
  const result = { outputs, gradients: floats(set.gradients).slice(), parameters: floats(set.values).slice() };
  await close();
  return result;
}

const largestOf = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** All numbers' bits as text. */
function bitsOf({ outputs, gradients, parameters }: Awaited<ReturnType<typeof onKernels>>): string {
  const bytes = [...outputs.map((values) => Float32Array.from(values)), gradients, parameters];
  return bytes.map(({ buffer }) => Buffer.from(buffer).toString('base64')).join();
}

const hasWinograd = ({ layers }: Network) =>
  layers.some(({ name, spec: layer, inputShape }) => usesWinograd({ name, layer, inputShape } as never));

/** What moving statistics are after one step: `BatchNormalizationSpec.momentum` of them is kept, group after group. */
function movedStatistics(network: Network, { activations }: ReferenceRecording, before: Float32Array): Float64Array {
  const after = Float64Array.from(before);
  for (const { spec, inputs, parameters, inputShape } of network.layers) {
    if (spec.type !== 'batchNormalization' || spec.trainable === false) continue;
    const { momentum = 0.9, groupSize = N } = spec;
    const x = activations.get(inputs[0]!.name)!;
    const [C, perImage] = [inputShape.at(-1)!, sizeOf(inputShape)];
    for (let first = 0; first < N; first += groupSize) {
      const group = x.subarray(first * perImage, (first + groupSize) * perImage);
      for (let c = 0; c < C; c++) {
        const values = group.filter((_, i) => i % C === c);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
        for (const { role, offset } of parameters) {
          const statistic = role === 'movingMean' ? mean : role === 'movingVariance' ? variance : undefined;
          if (statistic !== undefined) after[offset + c]! += (statistic - after[offset + c]!) * (1 - momentum);
        }
      }
    }
  }
  return after;
}

test('the random graphs have every type of layer, groups and Winograd’s shapes among them', () => {
  const layers = graphs.flatMap(({ spec }) => buildNetwork(spec).layers);
  const types = new Set(layers.map(({ spec }) => spec.type));
  expect(layerTypes.filter((type) => !types.has(type))).toEqual([]);
  const normalizations = layers.map(({ spec }) => spec).filter((spec) => spec.type === 'batchNormalization');
  for (const groupSize of [undefined, 2, 3])
    expect(normalizations.filter((spec) => spec.groupSize === groupSize && spec.trainable).length).toBeGreaterThan(5);
  expect(graphs.filter(({ spec }) => hasWinograd(buildNetwork(spec))).length).toBeGreaterThan(20);
});

describe('a training step’s gradients agree with the reference: relative error under 1e-5, with Winograd’s under 5e-5', () => {
  test.each(graphs)(
    'random graph $i, fused and not, in training and with moving statistics',
    async ({ spec, random }) => {
      const network = buildNetwork(spec);
      const logits = logitsOf(network).name;
      const parameters = randomParameters(network, random);
      const dy = randomInputs(N * classes, random, 0.5);
      const isWinograd = hasWinograd(network);
      for (const training of [false, true]) {
        const masks = training ? masksOf(network) : {};
        const draw = () => {
          const x = randomInputs(N * sizeOf(network.inputShape), random);
          return { x, reference: referenceNetwork(network, parameters, x, masks, training) };
        };
        let drawn = draw();
        for (let more = 60; isNearKink(network, drawn.reference, isWinograd ? 2e-5 : 2e-6); more--) {
          if (more === 0) throw new Error('all inputs are near a kink');
          drawn = draw();
        }
        const { x, reference } = drawn;
        const expected = reference.backward(logits, dy).parameters;
        const moved = training ? movedStatistics(network, reference, parameters) : parameters;
        const largest = largestOf(expected);
        for (const fuse of [false, true]) {
          const outputs = network.layers.map(({ name }) => name).filter(() => random.below(3) === 0);
          const mode: Mode = { fuse, training, outputs, microBatch: N + 1 };
          const found = await onKernels(
            network,
            { parameters, x, dy, samples },
            mode,
            (programs) => engineWithNanInDeadMemory(planPrograms(programs)).engine,
          );
          const tolerance = isWinograd ? 5e-5 : 1e-5;
          for (const [o, name] of outputs.entries()) {
            const error = relativeErrorOrSize(found.outputs[o]!, reference.activations.get(name)!);
            expect(error, `${name}, fuse ${fuse}`).toBeLessThan(tolerance);
          }
          for (const { name, offset, size } of network.parameters) {
            const own = expected.subarray(offset, offset + size);
            const errors = own.map((value, i) => value - found.gradients[offset + i]!);
            // A gradient that is small beside the others is held to a hundredth of theirs.
            const error = largestOf(errors) / Math.max(largestOf(own), largest / 100);
            expect(error, `gradient of ${name}, fuse ${fuse}`).toBeLessThan(tolerance);
          }
          expect(relativeErrorOrSize(found.parameters, moved), `moving statistics, fuse ${fuse}`).toBeLessThan(1e-6);
        }
      }
    },
  );
});

describe('results do not depend on the micro-batch', () => {
  const many = Array.from({ length: 62 }, (_, i) => 3 * i);
  const normalizedBy = (spec: readonly LayerSpec[], options: Partial<BatchNormalizationSpec>) =>
    buildNetwork(spec.map((layer) => (layer.type === 'batchNormalization' ? { ...layer, ...options } : layer)));

  test.each([
    ['without batch statistics, 1, 7, 60 or all 62 images at once', [1, 7, 60, 62], { trainable: false }],
    ['with statistics of two images, 2, 6, 60 or all 62 at once', [2, 6, 60, 62], { trainable: true, groupSize: 2 }],
  ] as const)('%s', async (_, microBatches, options) => {
    for (const { i, spec } of graphs) {
      const random = randomSequence(2024, 2, i);
      const network = normalizedBy(spec, options);
      const given = {
        parameters: randomParameters(network, random),
        x: randomInputs(many.length * sizeOf(network.inputShape), random),
        dy: randomInputs(many.length * classes, random, 0.5),
        samples: many,
      };
      const outputs = [network.output.name];
      const results = [];
      for (const microBatch of microBatches) {
        const mode: Mode = { fuse: true, training: true, outputs, microBatch };
        results.push(await onKernels(network, given, mode, () => inlineEngine));
      }
      expect(results[0]!.gradients.every(Number.isFinite)).toBe(true);
      for (const [b, result] of results.entries())
        expect(bitsOf(result), `graph ${i}, ${microBatches[b]} images`).toBe(bitsOf(results[0]!));
    }
  });
});

describe('a training step', () => {
  const images = 24;
  const steps = graphs.map(({ i, spec }) => {
    const network = buildNetwork(spec);
    const random = randomSequence(2024, 3, i);
    const compiled = programsOf(network, { fuse: true, training: true, outputs: [], microBatch: images }, images);
    const { set, net, programs } = compiled;
    const update = compileUpdate(network, set, null, defaultUpdate);
    const { begin, forward, backward, end, pack } = programs.calls;
    return {
      ...{ ...compiled, i, network, update },
      calls: [...pack, ...begin, ...forward, ...backward, ...end, ...update.calls],
      kept: [...programs.kept, ...update.state.values()],
      scratchBytes: net.scratchBytes,
      parameters: randomParameters(network, random),
      x: randomInputs(images * sizeOf(network.inputShape), random),
      dy: randomInputs(images * classes, random, 0.5),
    };
  });

  /** Every graph's parameters after a step of Adam, by one team that knows all of them, since threads are slow to start. */
  async function trained(engine: Engine, threads: number): Promise<Float32Array[]> {
    const { floats, words, run, close } = await createExecutable(engine, threads, {
      calls: Object.fromEntries(steps.map(({ i, calls }) => [`graph ${i}`, calls])),
      kept: steps.flatMap(({ kept }) => kept),
      scratchBytes: Math.max(...steps.map(({ scratchBytes }) => scratchBytes)),
    });
    const after: Float32Array[] = [];
    for (const { i, set, net, from, dropout, positions, update, parameters, x, dy } of steps) {
      floats(set.values).set(parameters);
      floats(net.input).set(x);
      floats(net.gradient(from)).set(dy);
      words(dropout.context).set([...seedWords(drawing.seed), drawing.step]);
      words(dropout.samples).set(range(100, images));
      words(positions).set(range(0, images));
      update.prepare(floats, 1, 0.01);
      await run([{ program: `graph ${i}`, count: images }]);
      after.push(floats(set.values).slice());
    }
    await close();
    return after;
  }

  test('every random graph trains to the same bits on 1 and 3 threads', async () => {
    const [alone, three] = [await trained(inlineEngine, 1), await trained(workerEngine, 3)];
    for (const { i, network, parameters } of steps) {
      expect(three[i], `graph ${i}`).toEqual(alone[i]);
      expect(alone[i]!.every(Number.isFinite)).toBe(true);
      for (const { name, role, trainable, offset, size } of network.parameters) {
        if (role !== 'kernel') continue;
        const isChanged = parameters.subarray(offset, offset + size).some((v, at) => v !== alone[i]![offset + at]);
        expect(isChanged, `graph ${i}, ${name}`).toBe(trainable);
      }
    }
  });
});

describe('an invalid graph is refused with the layer’s name', () => {
  interface Places {
    /** Layers whose outputs are a picture, and a vector. */
    readonly picture: string;
    readonly flat: string;
    /** Height and width of the picture, and its values. */
    readonly extent: number;
    readonly size: number;
    /** Any layer's type and name, but for the input's. */
    readonly any: LayerSpec;
  }

  const joins = (type: string) => (type === 'add' || type === 'concatenate' ? 'inputs' : 'an input');
  const needs = (type: string) => `Layer broken (${type}) needs ${joins(type)} of shape `;
  const mistakes: Readonly<Record<string, (places: Places) => readonly [broken: object | object[], message: string]>> =
    {
      'an unknown input': () => [{ type: 'relu', inputs: ['nowhere'] }, 'Layer broken reads nowhere, but no layer is'],
      'itself as an input': () => [{ type: 'relu', inputs: ['broken'] }, 'Layer broken reads itself.'],
      'a cycle': ({ picture }) => [
        [
          { type: 'add', inputs: [picture, 'behind'] },
          { type: 'relu', name: 'behind', inputs: ['broken'] },
        ],
        'The layers broken, behind read each other in a cycle.',
      ],
      'a name twice': ({ any: { name }, flat }) => [
        { type: 'relu', name, inputs: [flat] },
        `Two layers are called ${name};`,
      ],
      'a second input layer': () => [{ type: 'input', shape: [3] }, 'Layer broken is a second input;'],
      'a sum of one': ({ flat }) => [{ type: 'add', inputs: [flat] }, 'Layer broken (add) joins several layers,'],
      'two inputs of one layer': ({ flat }) => [
        { type: 'relu', inputs: [flat, flat] },
        'Layer broken (relu) reads one layer,',
      ],
      'a sum of a picture and a vector': ({ flat, picture }) => [
        { type: 'add', inputs: [picture, flat] },
        needs('add'),
      ],
      'a picture beside a vector': ({ flat, picture }) => [
        { type: 'concatenate', inputs: [picture, flat] },
        needs('concatenate'),
      ],
      'a convolution of a vector': ({ flat }) => [
        { type: 'conv2d', filters: 2, kernelSize: 1, inputs: [flat] },
        needs('conv2d'),
      ],
      'a depthwise convolution of a vector': ({ flat }) => [
        { type: 'depthwiseConv2d', kernelSize: 1, padding: 'same', inputs: [flat] },
        needs('depthwiseConv2d'),
      ],
      'a window larger than the picture': ({ picture, extent }) => [
        { type: 'maxPooling2d', poolSize: extent + 1, inputs: [picture] },
        needs('maxPooling2d'),
      ],
      'a kernel larger than the picture': ({ picture, extent }) => [
        { type: 'conv2d', filters: 8, kernelSize: extent + 1, inputs: [picture] },
        needs('conv2d'),
      ],
      'a vector pooled': ({ flat }) => [
        { type: 'globalAveragePooling2d', inputs: [flat] },
        needs('globalAveragePooling2d'),
      ],
      'a vector padded': ({ flat }) => [{ type: 'zeroPadding2d', inputs: [flat] }, needs('zeroPadding2d')],
      'a picture in a dense layer': ({ picture }) => [{ type: 'dense', units: 3, inputs: [picture] }, needs('dense')],
      'a shape of another size': ({ picture, size }) => [
        { type: 'reshape', shape: [size + 1], inputs: [picture] },
        needs('reshape'),
      ],
      'an option that the layer has not': ({ picture }) => [
        { type: 'batchNormalization', momentun: 0.5, inputs: [picture] },
        "Layer broken (batchNormalization) has the unknown option 'momentun';",
      ],
      'a group of no image': ({ picture }) => [
        { type: 'batchNormalization', groupSize: 0, inputs: [picture] },
        'Layer broken (batchNormalization): groupSize is 0,',
      ],
      'a missing option': ({ picture }) => [
        { type: 'depthwiseConv2d', inputs: [picture] },
        'Layer broken (depthwiseConv2d) lacks the option kernelSize.',
      ],
      'a padding of another kind': ({ picture }) => [
        { type: 'averagePooling2d', padding: 'full', inputs: [picture] },
        'Layer broken (averagePooling2d): padding is "full",',
      ],
    };

  test.each(Object.entries(mistakes))('%s', (_, mistake) => {
    for (const { i, spec } of graphs) {
      const pick = picking(randomSequence(2024, 4, i));
      const network = buildNetwork(spec);
      // Layers that have their names from the list: those of activations count the ones before them.
      const layers = spec.map(({ name }) => layerOf(network, name!));
      const picture = pick(layers.filter(({ outputShape }) => outputShape.length === 3));
      const [height, width] = picture.outputShape as [number, number, number];
      const [broken, message] = mistake({
        picture: picture.name,
        flat: pick(layers.filter(({ outputShape }) => outputShape.length === 1)).name,
        extent: Math.max(height, width),
        size: sizeOf(picture.outputShape),
        any: pick(spec.slice(1)),
      });
      // In front of a layer that reads it, at any place of the list.
      const added = [broken].flat().map((layer) => ({ name: 'broken', ...layer }));
      const end = { type: 'add', name: 'end', inputs: [network.output.name, 'broken'] };
      const place = 1 + pick(spec.slice(1).map((_, at) => at));
      const invalid = [...spec.slice(0, place), ...added, ...spec.slice(place), end];
      let refused: unknown;
      try {
        buildNetwork(parseNetwork(invalid));
      } catch (error) {
        refused = error;
      }
      expect(refused, `graph ${i}`).toMatchObject({ name: 'SelvedgeError', code: 'bad-spec' });
      expect((refused as Error).message).toContain(message);
    }
  });

  test('a layer that no other reads', () => {
    for (const { spec } of graphs) {
      const dangling = [spec[0]!, { type: 'relu', name: 'broken' } as const, ...spec.slice(1)];
      expect(() => buildNetwork(parseNetwork(dangling))).toThrow('No layer reads broken, and a network has one output');
    }
  });
});
