import { SelvedgeError } from '../../core/errors.ts';
import { accessFrom, type ListenOptions, openPort, stopService, watch, watchKeys } from './listen.ts';
import { requireModels } from './models/registry.ts';
import { createService, type Service, type ServiceOptions } from './service.ts';

export interface StartOptions extends Omit<ServiceOptions, 'keys' | 'loopback'>, ListenOptions {}

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
  const { path } = options;
  const access = await accessFrom(options);
  await requireModels(path);
  const service = await createService({ ...options, ...access, warm: true });
  const { app, registry, tally } = service;
  const url = await openPort(service, options);
  app.log.info({ url }, 'listening; models are being loaded');
  await Promise.all([registry.refresh(), service.warm]);
  if (registry.all().length === 0) {
    await service.close();
    throw new SelvedgeError('bad-model', `No model at ${path} could be started; the log says why.`);
  }
  const unwatch = [
    watch(app, options.pollMs, registry.refresh, 'the models cannot be read; they stay as they were'),
    watchKeys(app, access.keys, options),
  ];
  return {
    url,
    registry,
    tally,
    async stop(pauseMs, graceMs) {
      for (const stop of unwatch) stop();
      await stopService(service, pauseMs, graceMs);
    },
  };
}
