import { setPriority } from 'node:os';
import sharp from 'sharp';
import { type Photo, type SeenOrRefused, seePhoto } from './preprocess.ts';

// Photos are worked on side by side; each with the threads of its own would only be in the others' way.
sharp.concurrency(1);
sharp.cache(false);
behindTheEventLoop();

/** Converting is this thread's work; decoding is done by others, of sharp's. Elsewhere than on Linux a thread has no priority of its own. */
function behindTheEventLoop(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(10);
  } catch {
    // Where that is forbidden, photos are converted all the same.
  }
}

/** Runs in the pool of threads that `createDarkroom` keeps. */
export const see = (photo: Photo): Promise<SeenOrRefused> => seePhoto(photo);
