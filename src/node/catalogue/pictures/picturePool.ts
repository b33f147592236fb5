import { Piscina } from 'piscina';
import { SelvedgeError } from '../../../core/errors.ts';
import { builtFile } from '../../builtFile.ts';
import type { CataloguePicture, PictureTask, Unusable } from './pictureTask.ts';

/** Threads that read, decode and prepare pictures. */
export interface PicturePool {
  /**
   * Of each picture, in the order given, what was made of it or why it cannot be used. A task runs on one thread: tasks of some 16 pictures
   * keep all threads busy.
   * @throws SelvedgeError 'worker-failed'
   */
  prepare(task: PictureTask): Promise<(CataloguePicture | Unusable)[]>;
  close(): Promise<void>;
}

export function openPicturePool(threads: number): PicturePool {
  const pool = new Piscina({
    filename: builtFile('node/catalogue/pictures/pictureWorker.js').href,
    minThreads: threads,
    maxThreads: threads,
  });
  // A thread that cannot start has no task that could fail.
  const broken = new Promise<never>((_, reject) => pool.once('error', reject));
  broken.catch(() => {});
  return {
    async prepare(task) {
      try {
        return await Promise.race([pool.run(task, { name: 'preparePictures' }), broken]);
      } catch (cause) {
        const { message } = cause as Error;
        throw new SelvedgeError('worker-failed', `A thread that prepares pictures failed (${message}); try again.`, {
          cause,
        });
      }
    },
    close: () => pool.destroy(),
  };
}
