import sharp from 'sharp';
import { type Photo, type SeenOrRefused, seePhoto } from './photo.ts';

// Photos are worked on side by side; each with the threads of its own would only be in the others' way.
sharp.concurrency(1);
sharp.cache(false);

/** Runs in the pool of threads that `createDarkroom` keeps. */
export const see = (photo: Photo): Promise<SeenOrRefused> => seePhoto(photo);
