// As the engine's own worker runs its share of the jobs, with clocks around the work and around the wait for the others.
import { parentPort, workerData } from 'node:worker_threads';
import { createBarrier } from '../../dist/core/engine/barrier.js';
import { argumentsAt, unitsOf } from '../../dist/core/engine/program.js';
import { instantiateKernels } from '../../dist/core/engine/wasm.js';

const { module, memory, barrierAddress, scratchAddress, scratchBytes, programs, threads, thread } = workerData;
const { firstOf, times } = workerData;
const kernels = instantiateKernels(module, memory, scratchAddress + thread * scratchBytes);
const barrier = createBarrier(memory.buffer, barrierAddress, threads);

parentPort.on('message', (jobs) => {
  for (const { program, offset, count } of jobs) {
    for (const [i, call] of programs[program].entries()) {
      const began = performance.now();
      const kernel = kernels[call.kernel];
      const args = argumentsAt(call, offset);
      const units = unitsOf(call, count);
      const { chunkSize } = call;
      for (let first = barrier.claim() * chunkSize; first < units; first = barrier.claim() * chunkSize) {
        kernel(...args, count, first, Math.min(first + chunkSize, units));
      }
      const worked = performance.now();
      barrier.arrive();
      const at = 2 * (firstOf[program] + i);
      times[at] += worked - began;
      times[at + 1] += performance.now() - worked;
    }
  }
  parentPort.postMessage('done');
});
parentPort.postMessage('ready');
