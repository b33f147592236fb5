import type { Engine } from '../../engine/start.ts';
import type { Network } from '../../graph/network.ts';
import { layerOf } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import { createRunner, type Weighted } from '../runner.ts';

/** A network, from some layer's output on, that runs any number of images, fused and without dropout. */
export interface Forward {
  readonly network: Network;
  /** Images per pass. */
  readonly batch: number;
  /** The last layer's output, [N, Y], for x [N, …]. */
  run(x: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

const batch = 64;

export async function createForward(
  weighted: Weighted,
  engine: Pick<Engine, 'module' | 'createTeam'>,
  threads: number,
  from = weighted.network.execution[0]!.name,
): Promise<Forward> {
  const { network } = weighted;
  const runner = await createRunner(weighted, engine, threads, batch, { from });
  const size = sizeOf(layerOf(network, from).outputShape);
  const Y = sizeOf(network.outputShape);
  return {
    network,
    batch,
    async run(x) {
      const scores = new Float32Array((x.length / size) * Y);
      for (let from = 0; from * size < x.length; from += batch) {
        const part = x.subarray(from * size, (from + batch) * size);
        const count = part.length / size;
        runner.input.set(part);
        await runner.run(count);
        scores.set(runner.output.subarray(0, count * Y), from * Y);
      }
      return scores;
    },
    close: runner.close,
  };
}
