import { parentPort, workerData } from 'node:worker_threads';
import { createBarrier } from '../../core/engine/barrier.ts';
import { executeAlone, executeTogether } from '../../core/engine/execute.ts';
import type { Job } from '../../core/engine/program.ts';
import type { TeamOptions } from '../../core/engine/team.ts';
import { instantiateKernels } from '../../core/engine/wasm.ts';

const { thread, ...options } = workerData as TeamOptions & { thread: number };
const { module, memory, barrierAddress, scratchAddress, scratchBytes, programs, threads } = options;
const kernels = instantiateKernels(module, memory, scratchAddress + thread * scratchBytes);
const barrier = createBarrier(memory.buffer, barrierAddress, threads);

parentPort!.on('message', (jobs: readonly Job[]) => {
  if (threads === 1) executeAlone(kernels, programs, jobs);
  else executeTogether(kernels, programs, jobs, barrier);
  parentPort!.postMessage('done');
});
parentPort!.postMessage('ready');
