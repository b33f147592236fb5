import { SelvedgeError } from '../../core/errors.ts';
import { isLoopback } from './http/hooks.ts';
import { createKeyRing, readKeys } from './http/keys.ts';
import { requireModels } from './models/registry.ts';
import { createService, type Service, type ServiceOptions } from './service.ts';

/** The most connections that the system keeps until they are accepted; beyond it new ones wait for seconds. */
const backlog = 4096;
/** The longest that connections without a request are kept once no new ones are accepted, in milliseconds. */
const longestLinger = 250;

export interface StartOptions extends Omit<ServiceOptions, 'keys' | 'loopback'> {
  readonly host: string;
  readonly port: number;
  /** A file of keys. It is read again when it changes. */
  readonly apiKeys: string | undefined;
  /** Whether other machines are answered without a key. */
  readonly anonymous: boolean;
  /** How often models and keys are read again, in milliseconds. */
  readonly pollMs: number;
}

export interface RunningService extends Pick<Service, 'registry' | 'tally'> {
  readonly url: string;
  /**
   * Reports that it is not ready, still answers for `pauseMs` so that load balancers can react, stops accepting, and
   * resolves when everything is answered. Connections that are still busy after another `graceMs` are cut.
   */
  stop(pauseMs: number, graceMs: number): Promise<void>;
}

/**
 * Opens the port, then loads the models; resolves when each has answered once.
 * @throws SelvedgeError where other machines would be answered without keys, the options contradict each other, the port is taken, or
 *   no model can be used.
 */
export async function startService(options: StartOptions): Promise<RunningService> {
  const { host, port, apiKeys, anonymous, path } = options;
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
  const keys = apiKeys === undefined ? undefined : createKeyRing(await readKeys(apiKeys));
  await requireModels(path);
  const service = await createService({ ...options, keys, loopback, warm: true });
  const { app, registry, tally } = service;
  const url = await app.listen({ host, port, backlog }).catch(async (cause: NodeJS.ErrnoException) => {
    await service.close();
    throw new SelvedgeError('bad-option', `Cannot listen on ${host}, port ${port}: ${reason(cause)}.`, { cause });
  });
  app.log.info({ url }, 'listening; models are being loaded');
  await Promise.all([registry.refresh(), service.warm]);
  if (registry.all().length === 0) {
    await service.close();
    throw new SelvedgeError('bad-model', `No model at ${path} could be started; the log says why.`);
  }

  const report = (what: string) => (reason: string) => app.log.error({ reason }, what);
  const unwatch = [
    watch(options.pollMs, registry.refresh, report('the models cannot be read; they stay as they were')),
    watch(
      options.pollMs,
      async () => keys?.replace(await readKeys(apiKeys!)),
      report('the file of keys cannot be read; the keys stay as they were'),
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

/**
 * Checks at intervals what may change. A failure is reported when it starts, not every time.
 * @returns what ends it.
 */
function watch(everyMs: number, check: () => Promise<void>, report: (reason: string) => void): () => void {
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
      if (message !== reported) report(message);
      reported = message;
    }
    checking = false;
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
