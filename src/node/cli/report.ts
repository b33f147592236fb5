import { SelvedgeError } from '../../core/errors.ts';
import { interruptedStatus } from './interruption.ts';

/** What a command ends with whose reader went away: by convention 128 + SIGPIPE. */
const unreadStatus = 141;
const defectStatus = 70;

/** Says what went wrong in one sentence, and the exit status for it. A defect of ours shows where it is. */
export function reportError(error: unknown): number {
  if (error instanceof SelvedgeError) {
    process.stderr.write(`selvedge: ${error.message}\n`);
    return error.code === 'aborted' ? interruptedStatus : 1;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`selvedge: this is a defect of the program; please report it with these lines.\n${details}\n`);
  return defectStatus;
}

/**
 * Ends the program quietly when nobody reads its output any more (`selvedge … | head`), with a sentence when its output
 * cannot be written, and with a report when something was thrown that nobody waited for.
 */
export function watchProcess(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(unreadStatus);
    process.stderr.write(`selvedge: Standard output cannot be written (${error.message}); free some space there.\n`);
    process.exit(1);
  });
  // Standard error carries progress; where it goes nowhere, the work goes on.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (error) => process.exit(reportError(error)));
}
