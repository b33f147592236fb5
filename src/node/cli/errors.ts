import type { Command } from 'commander';
import { SelvedgeError } from '../../core/errors.ts';
import { interruptedStatus } from './interruption.ts';

/** Exit status when the reader of standard output is gone: by convention 128 + SIGPIPE. */
const unreadStatus = 141;
const defectStatus = 70;

/** Writes an error as one sentence, a defect of this program with its stack, and returns the exit status. */
export function reportError(error: unknown): number {
  if (error instanceof SelvedgeError) {
    process.stderr.write(`selvedge: ${error.message}\n`);
    return error.code === 'aborted' ? interruptedStatus : 1;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`selvedge: this is a bug in selvedge; please report it with these lines.\n${details}\n`);
  return defectStatus;
}

/**
 * Ends the program quietly when its output's reader is gone (`selvedge … | head`), with a sentence when its output cannot be
 * written, and with a report of any uncaught exception.
 */
export function watchProcess(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(unreadStatus);
    process.stderr.write(`selvedge: Standard output cannot be written (${error.message}); free some space there.\n`);
    process.exit(1);
  });
  // Standard error carries only progress: the work continues without it.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', (error) => process.exit(reportError(error)));
}

/** Sets the form of error messages about the command line, for a command and its subcommands. */
export function formatUsageErrors(command: Command, path = command.name()): void {
  command
    .configureOutput({ outputError: (text, write) => write(`selvedge: ${sentence(text)}\n`) })
    .showHelpAfterError(`(${path} --help shows the options)`);
  for (const subcommand of command.commands) formatUsageErrors(subcommand, `${path} ${subcommand.name()}`);
}

/** The parser's error message as one sentence. An option's own parser names the expected value. */
function sentence(message: string): string {
  const text = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean/, ' (did you mean');
  const value = /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)$/s.exec(text);
  if (value) return `${value[1]} is '${value[2]}', but should be ${value[3]}`;
  const words = text
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument missing$/, '$1 lacks its value')
    .replace(
      /(too many arguments for '\w+')\. Expected (\d+) arguments? but got (\d+)\.?/,
      '$1, expected $2 but got $3',
    )
    .replace(/[.?]$/, '');
  return `${words}.`;
}
