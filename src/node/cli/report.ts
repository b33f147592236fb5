import { SelvedgeError } from '../../core/errors.ts';

/** What a command was interrupted with: by convention 128 + SIGINT. */
export const interruptedStatus = 130;

/** Says what went wrong in one sentence, and the exit status for it. A defect of ours shows where it is. */
export function reportError(error: unknown): number {
  if (error instanceof SelvedgeError) {
    process.stderr.write(`selvedge: ${error.message}\n`);
    return error.code === 'aborted' ? interruptedStatus : 1;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`selvedge: this is a defect of the program; please report it with these lines.\n${details}\n`);
  return 70;
}
