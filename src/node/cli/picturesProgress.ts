import { integer } from '../../views/numbers.ts';
import type { ReadingProgress } from '../datasets/pictures/readPictures.ts';
import type { Progress } from './progress.ts';

/** Shows how far the reading of pictures is. */
export function picturesReporter(progress: Progress): (reading: ReadingProgress) => void {
  return ({ stage, done, total }) => {
    const doing = stage === 'looking up' ? 'Looking up pictures in the cache' : 'Decoding pictures';
    progress.update(
      done / total,
      `${doing}: ${integer(done)} of ${integer(total)}`,
      (share) => `${integer(share * total)}/s`,
    );
  };
}
