import { Piscina } from 'piscina';
import { SelvedgeError } from '../../../core/errors.ts';
import { builtFile } from '../../builtFile.ts';
import type { HashTask, ResizedFacts, ResizeTask, Unusable } from './resizeTask.ts';

/** Threads that read, decode and resize pictures. */
export interface ResizePool {
  hash(task: HashTask): Promise<(string | Unusable)[]>;
  resize(task: ResizeTask): Promise<(ResizedFacts | Unusable)[]>;
  close(): Promise<void>;
}

export function openResizePool(threads: number): ResizePool {
  const pool = new Piscina({
    filename: builtFile('node/datasets/pictures/resizeWorker.js').href,
    minThreads: threads,
    maxThreads: threads,
  });
  // A thread that cannot start has no task that could fail.
  const broken = new Promise<never>((_, reject) => pool.once('error', reject));
  broken.catch(() => {});
  const run = async (name: string, task: unknown) => {
    try {
      return await Promise.race([pool.run(task, { name }), broken]);
    } catch (cause) {
      const { message } = cause as Error;
      throw new SelvedgeError('worker-failed', `A thread that decodes pictures failed (${message}); try again.`, {
        cause,
      });
    }
  };
  return {
    hash: (task) => run('hashFiles', task),
    resize: (task) => run('resizeFiles', task),
    close: () => pool.destroy(),
  };
}
