import type { FastifyInstance } from 'fastify';
import { SelvedgeError } from '../../core/errors.ts';
import { isLoopback, type Tally } from './http/hooks.ts';
import { createKeyRing, type KeyRing, readKeys } from './http/keys.ts';

/** The most connections that the system keeps until they are accepted; beyond it new ones wait for seconds. */
const backlog = 4096;
/** The longest that connections without a request are kept once no new ones are accepted, in milliseconds. */
const longestLinger = 250;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** A file of keys. It is read again when it changes. */
  readonly apiKeys: string | undefined;
  /** Whether other machines are answered without a key. */
  readonly anonymous: boolean;
  /** How often keys, and what else may change, are read again, in milliseconds. */
  readonly pollMs: number;
}

/** A service without a port. */
interface Listening {
  readonly app: FastifyInstance;
  readonly tally: Tally;
  drain(): void;
  close(lingerMs?: number): Promise<void>;
}

/**
 * Who may use a service.
 * @throws SelvedgeError where other machines would be answered without keys, the options contradict each other, or the file cannot be read
 */
export async function accessFrom({
  host,
  apiKeys,
  anonymous,
}: ListenOptions): Promise<{ readonly keys: KeyRing | undefined; readonly loopback: boolean }> {
  const loopback = isLoopback(host);
  if (!loopback && apiKeys === undefined && !anonymous) {
    throw new SelvedgeError(
      'bad-option',
      `Any machine that reaches ${host} could use this service: require keys with --api-keys FILE, or set --anonymous.`,
    );
  }
  if (apiKeys !== undefined && anonymous) {
    throw new SelvedgeError(
      'bad-option',
      '--api-keys requires a key and --anonymous requires none: use one of the two.',
    );
  }
  return { keys: apiKeys === undefined ? undefined : createKeyRing(await readKeys(apiKeys)), loopback };
}

/**
 * Opens the port; closes the service where that fails.
 * @returns the service's address
 * @throws SelvedgeError where the port is taken or not allowed
 */
export async function openPort(service: Listening, { host, port }: ListenOptions): Promise<string> {
  return service.app.listen({ host, port, backlog }).catch(async (cause: NodeJS.ErrnoException) => {
    await service.close();
    throw new SelvedgeError('bad-option', `Cannot listen on ${host}, port ${port}: ${reason(cause)}.`, { cause });
  });
}

/**
 * Checks at intervals what may change. A failure is reported when it starts, not every time.
 * @returns what ends it.
 */
export function watch(app: FastifyInstance, everyMs: number, check: () => Promise<void>, problem: string): () => void {
  let reported: string | undefined;
  let checking = false;
  const timer = setInterval(async () => {
    if (checking) return;
    checking = true;
    try {
      await check();
      reported = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== reported) app.log.error({ reason: message }, problem);
      reported = message;
    }
    checking = false;
  }, everyMs);
  return () => clearInterval(timer);
}

/** Reads the file of keys again when it changes; returns what ends it. */
export function watchKeys(
  app: FastifyInstance,
  keys: KeyRing | undefined,
  { apiKeys, pollMs }: ListenOptions,
): () => void {
  return watch(
    app,
    pollMs,
    async () => keys?.replace(await readKeys(apiKeys!)),
    'the file of keys cannot be read; the keys stay as they were',
  );
}

/**
 * Reports that it is not ready, still answers for `pauseMs` so that load balancers can react, stops accepting, and
 * resolves when everything is answered. Connections that are still busy after another `graceMs` are cut.
 */
export async function stopService(service: Listening, pauseMs: number, graceMs: number): Promise<void> {
  const { app, tally } = service;
  app.log.info({ pauseMs }, 'draining');
  service.drain();
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await service.close(Math.min(pauseMs, longestLinger));
  clearTimeout(cut);
  app.log.info({ received: tally.received, answered: tally.done }, 'stopped');
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program listens there already; choose another --port';
  if (code === 'EACCES') return 'permission is denied; choose a --port from 1024 up';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'this machine has no such address; choose another --host';
  return message;
}
