import { createArena } from '../../engine/arena.ts';
import { type Engine, startTeam } from '../../engine/start.ts';
import type { Network } from '../../network/network.ts';
import { makePlan, type ParameterPlaces } from '../../network/plan.ts';
import { sizeOf } from '../../network/shape.ts';

/** A network that answers as fast as it can: fused, dropout off, nothing recorded. */
export interface Forward {
  readonly network: Network;
  /** Images that go through at once; `run` takes any number. */
  readonly batch: number;
  /** The last layer's output, [N, Y], for x [N, …inputShape]. */
  run(x: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface ForwardOptions {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly engine: Pick<Engine, 'module' | 'createTeam'>;
  readonly threads: number;
}

export async function createForward({ network, parameters, engine, threads }: ForwardOptions): Promise<Forward> {
  const batch = 64;
  const arena = createArena(1024);
  const places: ParameterPlaces = {
    values: arena.allocate(network.parameterCount * 4),
    gradients: 0,
    samples: arena.allocate(batch * 4),
    randomContext: arena.allocate(12),
    derived: new Map(),
    derivations: [],
  };
  const plan = makePlan(network, places, arena, { training: false, fuse: true, microBatch: batch });
  const programs = [places.derivations, plan.forward];
  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes: plan.scratchBytes });
  new Float32Array(buffer, places.values, parameters.length).set(parameters);
  await team.run([{ program: 0, offset: 0, count: 1 }]);

  const input = plan.activations.get(network.layers[0]!.name)!;
  const output = plan.activations.get(network.layers.at(-1)!.name)!;
  const size = sizeOf(network.inputShape);
  const Y = sizeOf(network.outputShape);
  return {
    network,
    batch,
    async run(x) {
      const scores = new Float32Array((x.length / size) * Y);
      for (let from = 0; from * size < x.length; from += batch) {
        const part = x.subarray(from * size, (from + batch) * size);
        const count = part.length / size;
        new Float32Array(buffer, input, part.length).set(part);
        await team.run([{ program: 1, offset: 0, count }]);
        scores.set(new Float32Array(buffer, output, count * Y), from * Y);
      }
      return scores;
    },
    close: () => team.close(),
  };
}
