import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { CataloguePlace } from '../../catalogue/database/address.ts';
import { type CatalogueOptions, openCatalogue } from '../../catalogue/openCatalogue.ts';
import { createCatalogueService } from '../../catalogue/operations/service.ts';
import type { AppOptions } from '../http/app.ts';
import type { Tally } from '../http/hooks.ts';
import { accessFrom, type ListenOptions, openPort, stopService, watch, watchKeys } from '../listen.ts';
import { type CatalogueApi, catalogueLimits, createCatalogueApi } from './catalogueApi.ts';

/** How often work that a fault has stopped, such as a full disk, is tried again, in milliseconds. */
const resumeMs = 10_000;

export interface StartCatalogueOptions extends ListenOptions, Pick<AppOptions, 'log' | 'logLevel'> {
  readonly place: CataloguePlace;
  readonly catalogue: CatalogueOptions;
  /** Whether this process works on jobs. */
  readonly works: boolean;
}

export interface RunningCatalogue {
  readonly url: string;
  readonly tally: Tally;
  /**
   * Reports that it is not ready, still answers for `pauseMs`, answers what is in flight for up to `graceMs`, gives back the jobs in
   * hand, and closes the database.
   */
  stop(pauseMs: number, graceMs: number): Promise<void>;
}

/**
 * Opens a catalogue and serves it. Commands on the same folder go through this process from then on.
 * @throws SelvedgeError where other machines would be answered without keys, the port is taken, or as `openCatalogue` does
 */
export async function startCatalogue(options: StartCatalogueOptions): Promise<RunningCatalogue> {
  const { place, log, logLevel, works, pollMs } = options;
  const access = await accessFrom(options);
  const catalogue = await openCatalogue(place, options.catalogue);
  const service = createCatalogueService(catalogue, { works });
  const { lock } = catalogue;
  const token = lock && randomBytes(32).toString('base64url');
  let api: CatalogueApi;
  try {
    api = await createCatalogueApi({ ...access, limits: catalogueLimits, log, logLevel, service, token });
  } catch (error) {
    await service.close();
    throw error;
  }
  const { app } = api;
  const url = await openPort(api, options);
  if (lock && token !== undefined) {
    await lock.announce({ url: localAddress(app), token }).catch(async (error: unknown) => {
      await api.close();
      throw error;
    });
  }
  service.work();
  service.follow();
  app.log.info({ url }, 'listening');
  const unwatch = [
    watchKeys(app, access.keys, options),
    watch(
      app,
      Math.max(pollMs, resumeMs),
      async () => {
        try {
          await service.check();
        } catch (error) {
          service.resume();
          throw error;
        }
      },
      'the work on jobs has stopped; it is tried again',
    ),
  ];
  return {
    url,
    tally: api.tally,
    async stop(pauseMs, graceMs) {
      for (const stop of unwatch) stop();
      await stopService(api, pauseMs, graceMs);
    },
  };
}

/** Where this machine reaches the service. */
function localAddress(app: FastifyInstance): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
