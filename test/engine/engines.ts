import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { barrierBytes } from '../../src/core/engine/barrier.ts';
import type { PlacedCall, Program } from '../../src/core/engine/program.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { createInlineTeam, type TeamOptions } from '../../src/core/engine/team.ts';
import { compileEngine, type EngineModule } from '../../src/core/engine/wasm.ts';
import { builtFile } from '../../src/node/builtFile.ts';
import { createWorkerTeam } from '../../src/node/workers/team.ts';

const wasm = readFileSync(builtFile('kernels.wasm'));
const wasmSha256 = createHash('sha256').update(wasm).digest('hex');

export const engineModule: EngineModule = compileEngine(wasm);

/** The caller's own thread. */
export const inlineEngine: Engine = { module: engineModule, createTeam: createInlineTeam, wasmSha256 };

/** Worker threads. */
export const workerEngine: Engine = { module: engineModule, createTeam: createWorkerTeam, wasmSha256 };

/** The call with which a training step ends: it clears the gradients for the next. */
function clearingCall(programs: readonly Program[]): PlacedCall | undefined {
  return programs.flat().find(({ kernel, owner }) => kernel === 'zeroFill' && owner === 'update');
}

/**
 * The engine, but with memory full of NaN where nothing was written yet, so that whoever trusts it shows. Not for fused
 * plans, which rely on borders that are zero from the beginning.
 */
export function poisoned(engine: Engine): Engine {
  return withTeams(engine, (options) => {
    const bytes = new Uint8Array(options.memory.buffer);
    bytes.fill(0xff, 0, options.barrierAddress);
    bytes.fill(0xff, options.barrierAddress + barrierBytes);
    return options;
  });
}

/** The engine, but with NaN all over its threads' own memory. */
export function poisonedScratch(engine: Engine): Engine {
  return withTeams(engine, (options) => {
    const { memory, scratchAddress, scratchBytes, threads } = options;
    new Uint8Array(memory.buffer).fill(0xff, scratchAddress, scratchAddress + scratchBytes * threads);
    return options;
  });
}

/** The engine without the steps that draw dropout masks: the test writes the masks. */
export function withoutDraws(engine: Engine): Engine {
  const idle = (call: PlacedCall) => (call.kernel === 'dropoutMask' ? { ...call, units: 0 } : call);
  return withTeams(engine, (options) => ({ ...options, programs: options.programs.map((calls) => calls.map(idle)) }));
}

function withTeams(engine: Engine, change: (options: TeamOptions) => TeamOptions): Engine {
  return { ...engine, createTeam: (options) => engine.createTeam(change(options)) };
}

/** The gradients that a team's last training step had before they were cleared, by the team's memory. */
const lastGradients = new WeakMap<TeamOptions['memory'], Float32Array>();

/** An engine that shows what its last team was made of. */
export function watched(engine: Engine): { engine: Engine; seen(): TeamOptions } {
  let last: TeamOptions | undefined;
  const createTeam: Engine['createTeam'] = async (options) => {
    last = options;
    const { programs, memory } = options;
    const team = await engine.createTeam(options);
    const run: typeof team.run = async (jobs) => {
      const end = jobs.findLastIndex(({ program }) => clearingCall([programs[program]!]));
      if (end > 0) {
        await team.run(jobs.slice(0, end));
        const { args, units } = clearingCall(programs)!;
        lastGradients.set(memory, new Float32Array(memory.buffer, args[0]!, units as number).slice());
      }
      await team.run(jobs.slice(Math.max(0, end)));
    };
    return { ...team, run };
  };
  return {
    engine: { ...engine, createTeam },
    seen() {
      if (!last) throw new Error('no team was made yet');
      return last;
    },
  };
}

/** The float32 gradients of the last training step, in spec order, of a runtime made with a `watched` engine. */
export function gradientsIn({ memory }: TeamOptions): Float32Array {
  const gradients = lastGradients.get(memory);
  if (!gradients) throw new Error('this engine has made no training step');
  return gradients;
}
