import sharp from 'sharp';

// Pictures are processed side by side, so threads of their own would only compete.
sharp.concurrency(1);
sharp.cache(false);

export { preparePictures } from './pictureTask.ts';
