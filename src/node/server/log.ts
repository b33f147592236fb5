import { constants, fstatSync, openSync, write } from 'node:fs';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where log lines go; `flush` resolves when they are written, after a second at most. */
export interface LogStream {
  write(line: string): void;
  flush(): Promise<void>;
}

/** Lines are dropped beyond this, so that a stopped reader costs no memory. */
const mostCharacters = 4 * 2 ** 20;
const gatherMs = 10;
const mostFlushMs = 1000;

/**
 * A stream to a file descriptor that never blocks the event loop: lines are gathered for a moment and written together, one
 * write at a time. (`process.stderr` blocks where it is a pipe.)
 */
export function createLogStream(given: number): LogStream {
  const descriptor = nonBlocking(given);
  let lines: string[] = [];
  let characters = 0;
  let dropped = 0;
  let writing: Promise<void> | undefined;

  const writeAll = async () => {
    while (lines.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      const bytes = Buffer.from(
        lines.join('') + (dropped > 0 ? `{"level":"warn","msg":"${dropped} log lines were dropped"}\n` : ''),
      );
      lines = [];
      characters = 0;
      dropped = 0;
      await writeWhole(descriptor, bytes);
    }
    writing = undefined;
  };

  return {
    write(line) {
      if (characters + line.length > mostCharacters) {
        dropped++;
        return;
      }
      lines.push(line);
      characters += line.length;
      writing ??= writeAll();
    },
    async flush() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, mostFlushMs);
      });
      await Promise.race([writing, late]);
      clearTimeout(timer);
    },
  };
}

/** A full pipe would block one of the few threads that write, and the program's end, so it is opened again as non-blocking. */
function nonBlocking(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/dev/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor;
  }
}

/** Writes all bytes; a full pipe is tried again, a closed one loses the lines. */
async function writeWhole(descriptor: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { error, written } = await new Promise<{ error: NodeJS.ErrnoException | null; written: number }>((resolve) =>
      write(descriptor, bytes, at, (error, written) => resolve({ error, written })),
    );
    // Unreferenced: it must not keep the program running.
    if (error?.code === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, 20).unref());
    else if (error) return;
    else at += written;
  }
}
