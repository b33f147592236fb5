import type { Photo } from './photo.ts';

/** How long photos take, learnt from those that were converted. */
export interface Pace {
  note(photo: Photo, milliseconds: number): void;
  /** Milliseconds of one thread. */
  expected(photos: readonly Pick<Photo, 'header'>[]): number;
}

/** What a photo costs besides its pixels, in pixels. */
const fixedCost = 20_000;
/** What is expected before anything is known: 100 ms a million pixels, with the weight of three such photos. */
const first = { milliseconds: 300, cost: 3e6 };
/** What is left of a photo's weight when another one is noted. */
const fading = 0.85;

/** Time is taken to grow with the pixels: a running mean of milliseconds over a running mean of pixels. */
export function createPace(): Pace {
  let { milliseconds: taken, cost: done } = first;
  return {
    note(photo, milliseconds) {
      taken = taken * fading + milliseconds;
      done = done * fading + costOf(photo);
    },
    expected: (photos) => (photos.reduce((sum, photo) => sum + costOf(photo), 0) * taken) / done,
  };
}

function costOf({ header: { width, height } }: Pick<Photo, 'header'>): number {
  return width * height + fixedCost;
}
