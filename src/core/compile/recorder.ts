import { createArena } from '../engine/arena.ts';
import { seedWords } from '../engine/random.ts';
import { type Engine, startTeam } from '../engine/start.ts';
import type { Network } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import { makePlan, type ParameterPlaces, type Plan } from './plan.ts';

export interface RecorderOptions {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly engine: Pick<Engine, 'module' | 'createTeam'>;
  readonly threads: number;
  /** Most images at once. */
  readonly images: number;
  /** Whether dropout is on. */
  readonly training?: boolean;
  /** Where backward begins: the last layer where nothing is said. */
  readonly backwardFrom?: string;
  /** Whether backward gives the parameters' gradients, which take half its time; as it does where nothing is said. */
  readonly parameterGradients?: boolean;
}

/** What dropout draws for. */
export interface RecorderContext {
  readonly seed: number;
  readonly step: number;
  /** Each image's index in the data set. */
  readonly samples: readonly number[];
}

/** A network of which every activation and every gradient is named and kept. */
export interface Recorder {
  readonly plan: Plan;
  /** The engine's memory, for those who know its addresses. */
  readonly buffer: SharedArrayBuffer;
  /** Runs x, float32 [N, …inputShape]. */
  forward(x: ArrayLike<number>, context?: RecorderContext): Promise<void>;
  /** Goes back from the gradient of `backwardFrom`'s output, for the images of the last `forward`. */
  backward(dy: ArrayLike<number>): Promise<void>;
  /** A layer's output, float32 [N, …outputShape]. */
  activation(layer: string): Float32Array;
  /** The gradient of a layer's output, float32 [N, …outputShape]. */
  gradient(layer: string): Float32Array;
  /** All parameters' gradients, float32 in spec order; zeros where they were not wanted. */
  parameterGradients(): Float32Array;
  close(): Promise<void>;
}

export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const { network, engine, threads, images, parameterGradients = true } = options;
  const P = network.parameterCount;
  const arena = createArena(1024);
  const places: ParameterPlaces = {
    values: arena.allocate(P * 4),
    gradients: arena.allocate(P * 4),
    samples: arena.allocate(images * 4),
    randomContext: arena.allocate(12),
    derived: new Map(),
    derivations: [],
  };
  const from = options.backwardFrom ?? network.layers.at(-1)!.name;
  const plan = makePlan(network, places, arena, {
    training: true,
    dropout: options.training ?? false,
    microBatch: images,
    backwardFrom: from,
    inputGradient: true,
    parameterGradients,
  });
  const clear = { kernel: 'zeroFill', owner: 'gradients', args: [places.gradients], units: P, grain: 32768 } as const;
  const backward = [...(parameterGradients ? [clear] : []), ...plan.before, ...plan.backward, ...plan.after];
  const programs = [places.derivations, plan.forward, backward];
  const { scratchBytes } = plan;
  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes });
  const floats = (address: number, length: number) => new Float32Array(buffer, address, length);
  const words = (address: number, length: number) => new Uint32Array(buffer, address, length);
  floats(places.values, P).set(options.parameters);
  await team.run([{ program: 0, offset: 0, count: 1 }]);

  let count = 0;
  const sizes = new Map(network.layers.map(({ name, outputShape }) => [name, sizeOf(outputShape)]));
  const read = (addresses: ReadonlyMap<string, number>, layer: string) =>
    floats(addresses.get(layer)!, count * sizes.get(layer)!).slice();
  return {
    plan,
    buffer,
    async forward(x, context) {
      count = x.length / sizeOf(network.inputShape);
      floats(plan.activations.get(network.layers[0]!.name)!, x.length).set(x);
      if (context) {
        words(places.randomContext, 3).set([...seedWords(context.seed), context.step]);
        words(places.samples, count).set(context.samples);
      }
      await team.run([{ program: 1, offset: 0, count }]);
    },
    async backward(dy) {
      floats(plan.gradients.get(from)!, dy.length).set(dy);
      await team.run([{ program: 2, offset: 0, count }]);
    },
    activation: (layer) => read(plan.activations, layer),
    gradient: (layer) => read(plan.gradients, layer),
    parameterGradients: () => floats(places.gradients, P).slice(),
    close: () => team.close(),
  };
}
