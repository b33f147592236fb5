import { makePlan, type ParameterPlaces } from '../compile/plan.ts';
import { createArena } from '../engine/arena.ts';
import { type Engine, startTeam } from '../engine/start.ts';
import { buildNetwork, type Network } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { LayerSpec } from '../graph/spec.ts';

/** A network with its parameters, float32 in spec order. */
export interface Weighted {
  readonly network: Network;
  readonly parameters: Float32Array;
}

/** Layers `first` to before `end` as a network of their own, which begins with what the layer before them puts out. */
export function partOf({ network, parameters }: Weighted, first: number, end: number): Weighted {
  const layers = network.layers.slice(Math.max(1, first), end);
  // The name of the network's own input is no other layer's.
  const input: LayerSpec = {
    type: 'input',
    name: network.layers[0]!.name,
    shape: network.layers[Math.max(1, first) - 1]!.outputShape,
  };
  const part = buildNetwork([input, ...layers.map(({ spec }) => spec)]);
  const from = layers.flatMap((layer) => layer.parameters)[0]?.offset ?? 0;
  return { network: part, parameters: parameters.subarray(from, from + part.parameterCount) };
}

/** A network that answers from floats, fused and without dropout. One call at a time. */
export interface Runner {
  /** float32 [images, …inputShape], for the caller to fill. */
  readonly input: Float32Array;
  /** float32 [images, …outputShape] */
  readonly output: Float32Array;
  /** Gives the network other parameters. */
  setParameters(parameters: Float32Array): Promise<void>;
  /** Runs the first `count` images. */
  run(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param images most images at once */
export async function createRunner(
  { network, parameters }: Weighted,
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
  images: number,
): Promise<Runner> {
  const arena = createArena(1024);
  const values = arena.allocate(parameters.length * 4);
  const places: ParameterPlaces = {
    ...{ values, gradients: 0, samples: 0, randomContext: 0 },
    ...{ derived: new Map(), derivations: [] },
  };
  const plan = makePlan(network, places, arena, { training: false, fuse: true, microBatch: images });
  const programs = [places.derivations, plan.forward];
  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes: plan.scratchBytes });
  const floats = (address: number, length: number) => new Float32Array(buffer, address, length);
  const activation = (at: number) => {
    const { name, outputShape } = network.layers.at(at)!;
    return floats(plan.activations.get(name)!, images * sizeOf(outputShape));
  };
  const setParameters = (given: Float32Array): Promise<void> => {
    floats(values, parameters.length).set(given);
    return team.run([{ program: 0, offset: 0, count: 1 }]);
  };
  await setParameters(parameters);
  return {
    input: activation(0),
    output: activation(-1),
    setParameters,
    run: (count) => team.run([{ program: 1, offset: 0, count }]),
    close: () => team.close(),
  };
}
