import { type Command, InvalidArgumentError } from 'commander';
import { type LogLevel, logLevels } from '../server/log.ts';
import { millisecondsOption, wordOption } from './options.ts';

export interface ServingFlags {
  readonly host: string;
  readonly port: number;
  readonly apiKeys?: string;
  readonly anonymous?: true;
  readonly drainMs: number;
  readonly logLevel: LogLevel;
}

/** How long a stopping service waits for requests in flight, in milliseconds. */
export const graceMs = 20_000;
/** How often a service reads again what may change, in milliseconds. */
export const pollMs = 1000;

/** The options that say where a service listens, and to whom. */
export function withListening(command: Command, anonymous: string): Command {
  return command
    .option('--host <host>', 'the address to listen on; other machines need --api-keys', '127.0.0.1')
    .option('--port <n>', 'the port; 0 selects a free one', portOption, 8080)
    .option('--api-keys <file>', 'answer only requests with a key of this file (selvedge keys add)')
    .option('--anonymous', anonymous);
}

/** And those that say how it stops and what it logs. */
export function withStopping(command: Command): Command {
  return command
    .option(
      '--drain-ms <n>',
      'how long to keep answering after a stop signal, so that load balancers can react',
      millisecondsOption(0),
      500,
    )
    .option(
      '--log-level <level>',
      `what to log on standard error: ${logLevels.join(', ')}`,
      wordOption(logLevels),
      'info',
    );
}

function portOption(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new InvalidArgumentError('a port from 0 to 65535.');
}
