import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from '../../core/engine/program.ts';
import { joinTeam, type MemberOptions } from '../../core/engine/workerTeam.ts';

const run = joinTeam(workerData as MemberOptions);

parentPort!.on('message', (jobs: readonly Job[]) => {
  run(jobs);
  parentPort!.postMessage('done');
});
parentPort!.postMessage('ready');
