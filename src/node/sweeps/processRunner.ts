import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../builtFile.ts';
import type { FromTrialProcess, ProcessSettings, ToTrialProcess } from './messages.ts';
import type { TrialEvents, TrialOutcome, TrialRunner, TrialTask } from './trialRunner.ts';

export interface ProcessRunnerOptions extends ProcessSettings {
  readonly parallel: number;
}

/** How often a trial whose process was killed goes on from its checkpoint before it counts as failed. */
const attempts = 3;

/** Runs trials in child processes, each of which takes one after the other. */
export function createProcessRunner({ parallel, ...settings }: ProcessRunnerOptions): TrialRunner {
  const all = new Set<ChildProcess>();
  const idle: ChildProcess[] = [];
  let isStopping = false;

  function startProcess(): ChildProcess {
    const child = fork(fileURLToPath(builtFile('node/sweeps/trialProcess.js')), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      const place = idle.indexOf(child);
      if (place >= 0) idle.splice(place, 1);
    });
    return child;
  }

  return {
    slots: parallel,
    async run(task, events) {
      for (let attempt = 1; ; attempt++) {
        if (isStopping) return { kind: 'stopped' };
        const child = idle.pop() ?? startProcess();
        const ended = await runIn(child, task, settings, events);
        if (ended.kind !== 'died') {
          idle.push(child);
          return ended;
        }
        // Whatever kills the processes of a sweep may be about to kill this one, and then the trial has not failed.
        await sleep(500);
        if (attempt === attempts && !isStopping) return { kind: 'failed', error: ended.reason };
      }
    },
    stop() {
      isStopping = true;
      for (const child of all) if (child.connected) child.send({ type: 'stop' } satisfies ToTrialProcess);
    },
    async close() {
      await Promise.all(
        [...all].map((child) => {
          const gone = new Promise((resolve) => child.once('exit', resolve));
          if (child.connected) child.disconnect();
          return gone;
        }),
      );
    },
  };
}

type Ended = TrialOutcome | { readonly kind: 'died'; readonly reason: string };

function runIn(child: ChildProcess, task: TrialTask, settings: ProcessSettings, events: TrialEvents): Promise<Ended> {
  return new Promise((resolve) => {
    let errors = '';
    const listen = (text: Buffer) => {
      errors = `${errors}${text}`.slice(-2000);
    };
    const receive = (message: FromTrialProcess) => {
      if (message.type === 'curve') events.onCurve(message.curve);
      else if (message.type === 'progress') events.onProgress(message.epochs);
      else if (message.type === 'checkpoint') events.onCheckpoint?.();
      else if (message.type === 'warning') events.onWarning(message.sentence);
      else end(message.outcome);
    };
    const exit = (status: number | null, signal: NodeJS.Signals | null) => {
      const line = errors.split('\n').find((text) => /^\w*Error/.test(text));
      end({ kind: 'died', reason: `The trial's process ended with ${line ?? signal ?? `status ${status}`}.` });
    };
    const end = (outcome: Ended) => {
      child.off('message', receive).off('exit', exit);
      child.stderr!.off('data', listen);
      resolve(outcome);
    };
    child.on('message', receive).on('exit', exit);
    child.stderr!.on('data', listen);
    // A failure to send is followed by the process's exit.
    child.send({ type: 'run', task, settings } satisfies ToTrialProcess, () => {});
  });
}
