import type { Job } from '../../core/engine/program.ts';
import { joinTeam, type MemberOptions, reasonOf } from '../../core/engine/workerTeam.ts';

/** The first message to a worker; all others are lists of jobs. */
export interface WorkerStart {
  readonly member: MemberOptions;
  /** Name of the lock to hold until the end. */
  readonly lock: string;
}

export type WorkerAnswer =
  | { readonly type: 'ready' | 'done' }
  | { readonly type: 'failed'; readonly message: string; readonly cause: unknown };

const answer = (message: WorkerAnswer) => postMessage(message);

let run: (jobs: readonly Job[]) => void;

addEventListener('message', async ({ data }: MessageEvent<WorkerStart | readonly Job[]>) => {
  try {
    if ('member' in data) {
      await hold(data.lock);
      run = joinTeam(data.member);
      answer({ type: 'ready' });
    } else {
      run(data);
      answer({ type: 'done' });
    }
  } catch (cause) {
    answer({ type: 'failed', message: reasonOf(cause), cause });
  }
});

/** Takes the lock for as long as this worker lives. */
function hold(lock: string): Promise<void> {
  return new Promise((held, failed) => {
    const forever = () => {
      held();
      return new Promise(() => {});
    };
    navigator.locks.request(lock, forever).catch(failed);
  });
}
