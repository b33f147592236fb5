import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Unreachable } from './remote.ts';

export interface ToolOptions {
  readonly cwd: string;
  readonly signal: AbortSignal | undefined;
  /** Each line of standard output. */
  readonly onOutput?: (line: string) => void;
  /** Each line that the tool writes to file descriptor 3. */
  readonly onStatus?: (line: string) => void;
}

/**
 * Runs a program of the system, in English, to its end.
 *
 * @throws Unreachable when the program does not exist or fails; the last line it wrote to standard error is the reason.
 */
export async function runTool(
  program: string,
  options: readonly string[],
  { cwd, signal, onOutput, onStatus }: ToolOptions,
): Promise<void> {
  const child = spawn(program, options, {
    cwd,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let lastError = '';
  const [, output, errors, status] = child.stdio as unknown as [null, Readable, Readable, Readable];
  eachLine(output, onOutput ?? ignore);
  eachLine(status, onStatus ?? ignore);
  eachLine(errors, (line) => {
    if (line.trim() !== '') lastError = line.trim();
  });
  let code: unknown;
  try {
    [code] = await once(child, 'close');
  } catch (error) {
    signal?.throwIfAborted();
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Unreachable(missing ? `there is no ${program} on this machine` : (error as Error).message, {
      cause: error,
    });
  }
  if (code !== 0) throw new Unreachable(`${program} failed${lastError && ` (${lastError})`}`);
}

function eachLine(stream: Readable, listener: (line: string) => void): void {
  createInterface({ input: stream }).on('line', listener);
}

function ignore(): void {}
