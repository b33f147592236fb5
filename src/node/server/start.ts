import { SelvedgeError } from '../../core/errors.ts';
import { isLoopback } from './http/hooks.ts';
import { createKeyRing, readKeys } from './http/keys.ts';
import { requireModels } from './models/registry.ts';
import { createService, type Service, type ServiceOptions } from './service.ts';

/** Connections that the system may keep until we take them; beyond it new ones wait for seconds. */
const backlog = 4096;
/** The longest that connections without a request are kept once no new ones are accepted, in milliseconds. */
const longestLinger = 250;

export interface StartOptions extends Omit<ServiceOptions, 'keys' | 'loopback'> {
  readonly host: string;
  readonly port: number;
  /** A file of keys. It is read again when it changes. */
  readonly apiKeys: string | undefined;
  /** Whether strangers may ask without a key. */
  readonly anonymous: boolean;
  /** How often models and keys are looked at, in milliseconds. */
  readonly pollMs: number;
}

export interface RunningService extends Pick<Service, 'registry' | 'tally'> {
  readonly url: string;
  /**
   * Says that it is not ready, goes on for `pauseMs` so that whoever balances load can tell, stops accepting, and
   * resolves when everything is answered. Connections that are still busy after `graceMs` more are cut.
   */
  stop(pauseMs: number, graceMs: number): Promise<void>;
}

/**
 * Opens the port, then loads the models; resolves when each has answered once.
 * @throws SelvedgeError where it would listen to strangers without keys or has keys that nobody needs, the port is taken, or no model can be used.
 */
export async function startService(options: StartOptions): Promise<RunningService> {
  const { host, port, apiKeys, anonymous, path } = options;
  const loopback = isLoopback(host);
  if (!loopback && apiKeys === undefined && !anonymous) {
    throw new SelvedgeError(
      'bad-option',
      `Anybody who reaches ${host} could ask this service: give it keys with --api-keys FILE, or say --anonymous.`,
    );
  }
  if (apiKeys !== undefined && anonymous) {
    throw new SelvedgeError(
      'bad-option',
      '--api-keys asks everybody for a key and --anonymous asks nobody: say one of the two.',
    );
  }
  const keys = apiKeys === undefined ? undefined : createKeyRing(await readKeys(apiKeys));
  await requireModels(path);
  const service = await createService({ ...options, keys, loopback });
  const { app, registry, tally } = service;
  const url = await app.listen({ host, port, backlog }).catch(async (cause: NodeJS.ErrnoException) => {
    await service.close();
    throw new SelvedgeError('bad-option', `Cannot listen on ${host}, port ${port}: ${reason(cause)}.`, { cause });
  });
  app.log.info({ url }, 'listening; models are being loaded');
  await Promise.all([registry.refresh(), service.warm()]);
  if (registry.all().length === 0) {
    await service.close();
    throw new SelvedgeError('bad-model', `No model at ${path} could be started; the log says why.`);
  }

  const tell = (what: string) => (reason: string) => app.log.error({ reason }, what);
  const unwatch = [
    watch(options.pollMs, registry.refresh, tell('the models cannot be looked at; they stay as they were')),
    watch(
      options.pollMs,
      async () => keys?.replace(await readKeys(apiKeys!)),
      tell('the file of keys cannot be read; the keys stay as they were'),
    ),
  ];
  return {
    url,
    registry,
    tally,
    async stop(pauseMs, graceMs) {
      for (const stop of unwatch) stop();
      app.log.info({ pauseMs }, 'draining');
      service.drain();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await service.close(Math.min(pauseMs, longestLinger));
      clearTimeout(cut);
      app.log.info({ received: tally.received, answered: tally.done }, 'stopped');
    },
  };
}

/** Looks again and again at what may change. A failure is told when it begins, not every time; gives what ends it. */
function watch(everyMs: number, look: () => Promise<void>, tell: (reason: string) => void): () => void {
  let told: string | undefined;
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      await look();
      told = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) tell(message);
      told = message;
    }
    looking = false;
  }, everyMs);
  return () => clearInterval(timer);
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program listens there already; choose another --port';
  if (code === 'EACCES') return 'permission is denied; choose a --port from 1024 up';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'this machine has no such address; choose another --host';
  return message;
}
