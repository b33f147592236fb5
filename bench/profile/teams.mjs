import { Worker } from 'node:worker_threads';
import { stopBarrier } from '../../dist/core/engine/barrier.js';
import { argumentsAt, unitsOf } from '../../dist/core/engine/program.js';
import { instantiateKernels } from '../../dist/core/engine/wasm.js';

/** What a profiled team tells: seconds that each step of each program was busy and waited, over all threads. */
class Clocks {
  constructor(programs, threads) {
    let steps = 0;
    this.firstOf = programs.map((program) => {
      const first = steps;
      steps += program.length;
      return first;
    });
    this.steps = steps;
    // [threads][steps][busy, wait], in milliseconds.
    this.times = new Float64Array(new SharedArrayBuffer(threads * steps * 16));
  }

  totals() {
    return Array.from({ length: this.steps }, (_, step) => {
      let busy = 0;
      let wait = 0;
      for (let at = 2 * step; at < this.times.length; at += 2 * this.steps) {
        busy += this.times[at] / 1000;
        wait += this.times[at + 1] / 1000;
      }
      return { busy, wait };
    });
  }

  reset() {
    this.times.fill(0);
  }
}

/**
 * A TeamFactory that times every step of every program; `profile` gets its `programs` and `clocks` when it makes a team.
 * One thread works inline, so that nothing but kernels is timed; more are worker threads that meet at the engine's barrier.
 */
export function profiledTeam(profile) {
  return async (options) => {
    const { programs, threads } = options;
    const clocks = new Clocks(programs, threads);
    Object.assign(profile, { programs, clocks });
    return threads === 1 ? inlineTeam(options, clocks) : workerTeam(options, clocks);
  };
}

function inlineTeam({ module, memory, scratchAddress, programs }, { firstOf, times }) {
  const kernels = instantiateKernels(module, memory, scratchAddress);
  return {
    threads: 1,
    async run(jobs) {
      for (const { program, offset, count } of jobs) {
        for (const [i, call] of programs[program].entries()) {
          const began = performance.now();
          kernels[call.kernel](...argumentsAt(call, offset), count, 0, unitsOf(call, count));
          times[2 * (firstOf[program] + i)] += performance.now() - began;
        }
      }
    },
    async close() {},
  };
}

async function workerTeam(options, { firstOf, times, steps }) {
  const { threads, memory, barrierAddress } = options;
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData = {
      ...options,
      thread,
      firstOf,
      times: times.subarray(thread * steps * 2, (thread + 1) * steps * 2),
    };
    return new Worker(new URL('./worker.mjs', import.meta.url), { workerData });
  });
  /** What each worker says next. */
  const answers = () =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', () => {
              worker.off('error', reject);
              resolve();
            });
            worker.once('error', reject);
          }),
      ),
    );
  await answers();
  return {
    threads,
    async run(jobs) {
      const done = answers();
      for (const worker of workers) worker.postMessage(jobs);
      await done;
    },
    async close() {
      stopBarrier(memory.buffer, barrierAddress);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
