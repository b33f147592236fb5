import { z } from 'zod';
import type { CatalogueService } from '../../catalogue/operations/service.ts';
import { createHttpService, type HttpOptions, type HttpService } from '../http/httpService.ts';
import { operationsRoutes } from '../http/operations.ts';
import { get, sendJson } from '../http/routes.ts';
import type { Limits } from '../limits.ts';
import { defaultLimits } from '../limits.ts';
import { commandRoute } from './commandRoute.ts';
import { exportRoute } from './exportRoute.ts';
import { importRoutes } from './importRoutes.ts';
import { jobRoutes } from './jobRoutes.ts';
import { operationRoutes } from './operationRoutes.ts';
import { pictureRoute } from './pictureRoute.ts';
import { productRoutes } from './productRoutes.ts';
import { createFeedReceiver } from './receiveFeed.ts';
import { reviewRoutes } from './reviewRoutes.ts';
import { similarRoutes } from './similarRoutes.ts';

const mebi = 2 ** 20;

export const catalogueLimits: Limits & { readonly feedBytes: number } = {
  ...defaultLimits,
  jsonBytes: 16 * mebi,
  // A thousand characters, each of up to four bytes of three characters.
  pathPart: 12_000,
  // Feeds are large.
  receiveMs: 600_000,
  feedBytes: 1024 * mebi,
};

export interface CatalogueApiOptions extends HttpOptions {
  readonly limits: typeof catalogueLimits;
  readonly service: CatalogueService;
  /** What commands on the same folder show; undefined where they have no need of this server. */
  readonly token: string | undefined;
}

/** The HTTP API of a catalogue, without a port. Closing it closes the catalogue. */
export interface CatalogueApi extends Pick<HttpService, 'app' | 'tally' | 'addresses' | 'drain'> {
  close(lingerMs?: number): Promise<void>;
}

export async function createCatalogueApi(options: CatalogueApiOptions): Promise<CatalogueApi> {
  const { service, token, limits } = options;
  const http = createHttpService(options, { models: () => [], rejection: () => undefined });
  const { app, routes } = http;
  const feeds = createFeedReceiver(limits.feedBytes);
  const add = operationRoutes(routes, service);
  productRoutes(add);
  pictureRoute(routes, service);
  importRoutes(routes, add, service, feeds);
  similarRoutes(add);
  exportRoute(routes, service);
  reviewRoutes(add);
  jobRoutes(add);
  const ready = z.object({ ready: z.boolean() }).meta({ id: 'Ready' });
  routes.add(
    get(
      'Operations',
      '/health/ready',
      'Whether it answers',
      { description: 'It does.', json: ready },
      {
        open: true,
        failures: { 503: { description: 'It is about to stop.', json: ready } },
      },
    ),
    async (_, reply) => sendJson(reply.code(http.draining() ? 503 : 200), { ready: !http.draining() }),
  );
  if (token !== undefined) commandRoute(app, service, token);
  await operationsRoutes(routes, http.metrics, {
    description:
      "A catalogue of a shop's products: tags, reviews, imports. Every error is `{ error, code }`: a sentence, and a code that programs can test. " +
      `JSON has up to ${limits.jsonBytes / mebi} MiB, a feed up to ${limits.feedBytes / mebi} MiB. ` +
      'A key has the role read, review (and read) or admin (all).',
    tags: ['Catalogue'],
  });
  await app.ready();
  return {
    app,
    tally: http.tally,
    addresses: http.addresses,
    drain: http.drain,
    async close(lingerMs = 0) {
      await http.close(lingerMs);
      try {
        await service.close();
      } finally {
        await feeds.close();
      }
    },
  };
}
