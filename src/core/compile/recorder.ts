import { persistentBuffer } from '../engine/buffers.ts';
import { kernelCall } from '../engine/kernelCall.ts';
import { seedWords } from '../engine/random.ts';
import type { Engine } from '../engine/start.ts';
import { dependenciesOf, layerOf, type Network } from '../graph/network.ts';
import { imageCount, sizeOf } from '../graph/shape.ts';
import { compile } from './compile.ts';
import { createExecutable } from './executable.ts';
import { parameterSet } from './parameterSet.ts';

export interface RecorderOptions {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly engine: Pick<Engine, 'module' | 'createTeam'>;
  readonly threads: number;
  /** Most images at once. */
  readonly images: number;
  /** The layers whose outputs are recorded, by name; all by default. */
  readonly outputs?: readonly string[];
  /** Whether dropout is on, and normalisation uses the statistics of the images. */
  readonly training?: boolean;
  /** Where the backward pass begins; without it there is none. */
  readonly backwardFrom?: string;
  /** Whether backward computes the parameters' gradients, which take half its time; true by default. */
  readonly parameterGradients?: boolean;
  /** Whether layers are fused; false by default. With fusion only the parameters' gradients are recorded. */
  readonly fuse?: boolean;
  /** Whether convolutions may use Winograd's transforms; by default where layers are fused. */
  readonly winograd?: boolean;
}

/** What dropout draws for. */
export interface RecorderContext {
  readonly seed: number;
  readonly step: number;
  /** Each image's index in the data set. */
  readonly samples: readonly number[];
}

/** A network of which every activation and every gradient is named and kept. */
export interface ActivationRecorder {
  /**
   * Runs x, float32 [N, …inputShape].
   * @throws SelvedgeError 'bad-image' where the values are not whole images
   */
  forward(x: ArrayLike<number>, context?: RecorderContext): Promise<void>;
  /** Goes back from the gradient of `backwardFrom`'s output, for the images of the last `forward`. */
  backward(dy: ArrayLike<number>): Promise<void>;
  /** A copy of a layer's output, float32 [N, …outputShape]. */
  activation(layer: string): Float32Array;
  /** The engine's own memory of it, for the most images: valid until the next `forward`. */
  activationView(layer: string): Float32Array;
  /** A copy of the gradient of a layer's output, float32 [N, …outputShape]. */
  gradient(layer: string): Float32Array;
  /** All parameters' gradients, float32 in the network's order; zeros where they were not wanted. */
  parameterGradients(): Float32Array;
  close(): Promise<void>;
}

export async function createRecorder(options: RecorderOptions): Promise<ActivationRecorder> {
  const { network, engine, threads, images, parameterGradients = true, fuse = false, winograd = fuse } = options;
  const outputs = options.outputs ?? network.layers.map(({ name }) => name);
  const from = options.backwardFrom;
  const parameters = parameterSet(network);
  const samples = persistentBuffer('the staging area', images * 4);
  const context = persistentBuffer('the staging area', 12);
  const before = dependenciesOf(from === undefined ? [] : [layerOf(network, from)]);
  const gradientsOf = fuse ? [] : outputs.filter((name) => before.has(layerOf(network, name)));
  const compiled = compile(network, {
    parameters,
    outputs,
    microBatch: images,
    fuse,
    winograd,
    dropout: options.training ? { samples, context } : undefined,
    batchStatistics: options.training ?? false,
    ...(from !== undefined && { backwardFrom: from }),
    gradientsOf,
    parameterGradients,
  });
  const { gradients, values } = parameters;
  const P = network.parameterCount;
  const clear = kernelCall('gradients', 'zeroFill', { x: gradients }, { units: P, chunkSize: 32768 });
  const executable = await createExecutable(engine, threads, {
    calls: {
      pack: parameters.pack,
      forward: compiled.forward,
      backward: [...(parameterGradients ? [clear] : []), ...compiled.before, ...compiled.backward, ...compiled.after],
    },
    sequence: ['forward', 'backward'],
    kept: [
      compiled.input,
      values,
      gradients,
      samples,
      context,
      ...outputs.map(compiled.output),
      ...gradientsOf.map(compiled.gradient),
      ...(from === undefined ? [] : [compiled.gradient(from)]),
    ],
    scratchBytes: compiled.scratchBytes,
  });
  executable.floats(values).set(options.parameters);
  await executable.run([{ program: 'pack' }]);

  let count = 0;
  const rows = (all: Float32Array, layer: string) => all.slice(0, count * sizeOf(layerOf(network, layer).outputShape));
  const activationView = (layer: string) => executable.floats(compiled.output(layer));
  return {
    async forward(x, drawing) {
      count = imageCount(x, network.inputShape);
      executable.floats(compiled.input).set(x);
      if (drawing) {
        executable.words(context).set([...seedWords(drawing.seed), drawing.step]);
        executable.words(samples).set(drawing.samples);
      }
      await executable.run([{ program: 'forward', count }]);
    },
    async backward(dy) {
      if (from === undefined) throw new Error('this recorder has no backward pass');
      executable.floats(compiled.gradient(from)).set(dy);
      await executable.run([{ program: 'backward', count }]);
    },
    activation: (layer) => rows(activationView(layer), layer),
    activationView,
    gradient: (layer) => rows(executable.floats(compiled.gradient(layer)), layer),
    parameterGradients: () => executable.floats(gradients).slice(),
    close: () => executable.close(),
  };
}
