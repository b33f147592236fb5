import { executeAlone } from '../../src/core/engine/execute.ts';
import type { MemoryPlan } from '../../src/core/engine/memoryPlan.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { instantiateKernels } from '../../src/core/engine/wasm.ts';
import { engineModule } from './engines.ts';

/**
 * An engine on the caller's thread that fills all shared memory with NaN, but for the buffers in use, before every kernel call:
 * whoever relies on a buffer outside its lifetime computes NaN.
 * @param plan the plan of the programs that will run
 */
export function engineWithNanInDeadMemory(plan: MemoryPlan): { engine: Engine; filledBytes(): number } {
  let filled = 0;
  const engine: Engine = {
    module: engineModule,
    wasmSha256: '',
    async createTeam({ module, memory, scratchAddress, programs }) {
      const kernels = instantiateKernels(module, memory, scratchAddress);
      const bytes = new Uint8Array(memory.buffer);
      const fillDead = (call: number) => {
        const alive = plan.placements
          .filter((p) => p.first <= call && call <= p.last)
          .sort((a, b) => a.address - b.address);
        let from = plan.shared.address;
        for (const { address, buffer } of alive) {
          bytes.fill(0xff, from, Math.max(from, address));
          filled += Math.max(0, address - from);
          from = Math.max(from, address + buffer.bytes);
        }
        const end = plan.shared.address + plan.shared.bytes;
        bytes.fill(0xff, from, Math.max(from, end));
        filled += Math.max(0, end - from);
      };
      return {
        threads: 1,
        async run(jobs) {
          for (const { program, offset, count } of jobs) {
            const first = programs.slice(0, program).flat().length;
            for (const [i, call] of programs[program]!.entries()) {
              fillDead(first + i);
              executeAlone(kernels, [[call]], [{ program: 0, offset, count }]);
            }
          }
        },
        async close() {},
      };
    },
  };
  return { engine, filledBytes: () => filled };
}
