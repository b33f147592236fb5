import type { Photo } from './preprocess.ts';

/** How long photos take, learnt from those that were converted. */
export interface Pace {
  /** A photo was converted; for so many milliseconds threads were busy since the one before. */
  note(photo: Photo, busyMs: number): void;
  /** Milliseconds of one thread. */
  expected(photos: readonly Pick<Photo, 'header'>[]): number;
}

/** What a photo costs besides its pixels, in pixels. */
const fixedCost = 20_000;
/** What is expected before anything is known: 100 ms a million pixels, with the weight of three such photos. */
const first = { milliseconds: 300, cost: 3e6 };
/** Milliseconds of work after which what was known counts half. */
const halfLife = 1000;

/** Time is taken to grow with the pixels: a running mean of milliseconds over a running mean of pixels. */
export function createPace(): Pace {
  let { milliseconds: taken, cost: done } = first;
  return {
    note(photo, busyMs) {
      const fading = 0.5 ** (busyMs / halfLife);
      taken = taken * fading + busyMs;
      done = done * fading + costOf(photo);
    },
    expected: (photos) => (photos.reduce((sum, photo) => sum + costOf(photo), 0) * taken) / done,
  };
}

function costOf({ header: { width, height } }: Pick<Photo, 'header'>): number {
  return width * height + fixedCost;
}
