import { Worker } from 'node:worker_threads';
import type { TeamFactory } from '../../core/engine/team.ts';
import { createTeamOf } from '../../core/engine/workerTeam.ts';
import { builtFile } from '../builtFile.ts';

/** A team of worker threads; the caller's thread stays free. A worker that throws or dies rejects the run and ends the team. */
export const createWorkerTeam: TeamFactory = (options) => {
  const script = builtFile('node/workers/worker.js');
  return createTeamOf(options, (member, { done, failed }) => {
    const worker = new Worker(script, { workerData: member });
    worker.on('message', done);
    worker.on('error', (error) => failed(`failed (${error.message})`, error));
    worker.on('exit', (code) => failed(`ended unexpectedly (exit code ${code})`));
    return { post: (jobs) => worker.postMessage(jobs), terminate: () => worker.terminate() };
  });
};
