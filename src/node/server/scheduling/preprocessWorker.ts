import { setPriority } from 'node:os';
import sharp from 'sharp';
import { type EncodedImage, type PreprocessReply, preprocess } from './preprocess.ts';

// Images are processed side by side, so threads of their own would only compete.
sharp.concurrency(1);
sharp.cache(false);
yieldToEventLoop();

/** Lowers the priority of this thread, which converts; sharp's own threads decode. Only Linux has priorities of threads. */
function yieldToEventLoop(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(10);
  } catch {
    // Where that is forbidden, images are converted all the same.
  }
}

/** Runs in the pool of threads that `createImagePreprocessing` keeps. */
export const run = (image: EncodedImage): Promise<PreprocessReply> => preprocess(image);
