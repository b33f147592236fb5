import { SelvedgeError } from '../errors.ts';

/** Bytes of shared memory that a team's threads need to meet. */
export const barrierBytes = 256;

// Word offsets; those that all threads change are on cache lines of their own.
const arrived = 0;
const nextChunk = 16;
const generation = 32;
const stopped = 48;

const spins = 4000;

/**
 * Where a team's threads hand out the chunks of a stage and wait for each other at its end.
 * The last to arrive resets the counter, so that a stage's chunks are counted from zero.
 */
export interface Barrier {
  /** The number of the next chunk, counted from 0 since all arrived. */
  claim(): number;
  /** Returns when all threads have arrived; throws when the team was stopped. */
  arrive(): void;
}

export function createBarrier(buffer: SharedArrayBuffer, address: number, threads: number): Barrier {
  const words = new Int32Array(buffer, address, barrierBytes / 4);
  return {
    claim: () => Atomics.add(words, nextChunk, 1),
    arrive() {
      const mine = Atomics.load(words, generation);
      if (Atomics.add(words, arrived, 1) === threads - 1) {
        Atomics.store(words, arrived, 0);
        Atomics.store(words, nextChunk, 0);
        Atomics.add(words, generation, 1);
        Atomics.notify(words, generation);
      } else {
        for (let i = 0; i < spins; i++) if (Atomics.load(words, generation) !== mine) break;
        while (Atomics.load(words, generation) === mine) Atomics.wait(words, generation, mine);
      }
      if (Atomics.load(words, stopped) !== 0) {
        throw new SelvedgeError('worker-failed', 'Another thread of the team failed, so this one stopped.');
      }
    },
  };
}

/** Frees every thread that waits, now and later, with an error. */
export function stopBarrier(buffer: SharedArrayBuffer, address: number): void {
  const words = new Int32Array(buffer, address, barrierBytes / 4);
  Atomics.store(words, stopped, 1);
  Atomics.add(words, generation, 1);
  Atomics.notify(words, generation);
}
