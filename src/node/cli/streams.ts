import { createProgress, type Progress } from './progress.ts';

/** Standard output and standard error; a test brings its own. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

/** Progress on standard error. A terminal that does not know its width says 0. */
export function progressOn(stderr: Streams['stderr']): Progress {
  return createProgress(stderr, { isTTY: stderr.isTTY ?? false, columns: () => stderr.columns || 80 });
}
