/** Exit status after Ctrl-C: by convention 128 + SIGINT. */
export const interruptedStatus = 130;

/** Milliseconds in which a second SIGINT belongs to the same Ctrl-C: npm repeats the terminal's signal to its program. */
const sameKeystroke = 500;

/**
 * Runs `action` with a signal that the first Ctrl-C aborts, after `onStop`. A second Ctrl-C ends the program at once.
 */
export async function interruptible<T>(onStop: () => void, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  let first = 0;
  const interrupt = () => {
    if (!interruption.signal.aborted) {
      first = performance.now();
      onStop();
      interruption.abort();
    } else if (performance.now() - first > sameKeystroke) {
      process.exit(interruptedStatus);
    }
  };
  process.on('SIGINT', interrupt);
  try {
    return await action(interruption.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** Resolves at the first SIGTERM or SIGINT. Later ones are ignored, except for a second SIGINT, which ends the program. */
export function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let interrupts = 0;
    process.on('SIGTERM', () => resolve(undefined));
    process.on('SIGINT', () => {
      resolve(undefined);
      if (++interrupts > 1) process.exit(interruptedStatus);
    });
  });
}
