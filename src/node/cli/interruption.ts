/** What a command ends with that Ctrl-C stopped: by convention 128 + SIGINT. */
export const interruptedStatus = 130;

/** npm hands a Ctrl-C on to a program that had it from the terminal already. */
const oneKeystroke = 500;

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
    } else if (performance.now() - first > oneKeystroke) {
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
