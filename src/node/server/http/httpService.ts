import type { FastifyInstance } from 'fastify';
import type { Served } from '../models/registry.ts';
import { type AppOptions, closeApp, createApp } from './app.ts';
import { createByteBudget } from './body.ts';
import { addHooks, type HookOptions, type Tally } from './hooks.ts';
import { createMetrics, type ServiceMetrics } from './metrics.ts';
import { createRoutes, type Routes } from './routes.ts';

export interface HttpOptions extends AppOptions, Pick<HookOptions, 'keys' | 'loopback'> {}

/** What every service has: limits, keys, metrics, logging and draining. Routes are added to it. */
export interface HttpService {
  readonly app: FastifyInstance;
  readonly routes: Routes;
  readonly metrics: ServiceMetrics;
  readonly tally: Tally;
  /** Every address that is served. */
  readonly addresses: ReadonlySet<string>;
  draining(): boolean;
  /** From now on it is not ready, and closes each connection with its next answer. */
  drain(): void;
  /** Stops accepting, and answers what is in flight. Connections without a request are kept for `lingerMs`. */
  close(lingerMs: number): Promise<void>;
}

/** @param models for the metrics */
export function createHttpService(
  options: HttpOptions,
  { models, rejection }: { models(): readonly Served[] } & Pick<HookOptions, 'rejection'>,
): HttpService {
  let draining = false;
  const metrics = createMetrics(models);
  const bodies = createByteBudget(options.limits);
  const app = createApp(options, bodies, metrics.route('none'));
  const addresses = new Set<string>();
  app.addHook('onRoute', ({ url }) => void addresses.add(url));
  const tally = addHooks(app, { ...options, bodies, metrics, draining: () => draining, rejection });
  return {
    app,
    routes: createRoutes(app),
    metrics,
    tally,
    addresses,
    draining: () => draining,
    drain() {
      draining = true;
    },
    async close(lingerMs) {
      draining = true;
      await closeApp(app, lingerMs);
      metrics.close();
    },
  };
}
