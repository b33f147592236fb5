import type { FastifyInstance } from 'fastify';
import { openAveragingClassifier, type TestTimeTransform } from '../../core/model/testTimeAugmentation.ts';
import { nodeEngine } from '../engine.ts';
import { type ClassificationService, earlyRejection } from './classification.ts';
import { type AppOptions, closeApp, createApp } from './http/app.ts';
import { createByteBudget } from './http/body.ts';
import { addHooks, type HookOptions, type Tally } from './http/hooks.ts';
import { createMetrics } from './http/metrics.ts';
import { operationsRoutes } from './http/operations.ts';
import { createRoutes } from './http/routes.ts';
import { createRegistry, type Registry, type RegistryOptions } from './models/registry.ts';
import { classifyRoutes } from './protocols/classify.ts';
import { huggingFaceRoutes } from './protocols/huggingFace.ts';
import { openInferenceRoutes } from './protocols/openInference/routes.ts';
import { createExplanations } from './scheduling/explanations.ts';
import { createImagePreprocessing } from './scheduling/imagePreprocessing.ts';

export interface ServiceOptions
  extends AppOptions,
    Pick<RegistryOptions, 'path' | 'workers' | 'maxBatch' | 'maxDelayMs' | 'queue'>,
    Pick<HookOptions, 'keys' | 'loopback'> {
  /** Views of each picture over which its probabilities are averaged, beside itself; none by default. */
  readonly testTimeAugmentation?: readonly TestTimeTransform[];
  /** Starts a worker for a model; the default is a classifier with one thread. */
  readonly openWorker?: RegistryOptions['openWorker'];
  /** Whether the threads that decode images start at once, rather than with the first image. */
  readonly warm?: boolean;
}

/** The service without a port. */
export interface Service {
  readonly app: FastifyInstance;
  readonly registry: Registry;
  readonly tally: Tally;
  /** Every address that is served. */
  readonly routes: ReadonlySet<string>;
  /** Resolves when what is started at once has started. */
  readonly warm: Promise<void>;
  /** From now on it is not ready, and closes each connection with its next answer. */
  drain(): void;
  /**
   * Stops accepting, answers what is in flight, then frees everything. Connections without a request are kept for
   * `lingerMs`, for one that is on its way.
   */
  close(lingerMs?: number): Promise<void>;
}

export async function createService(options: ServiceOptions): Promise<Service> {
  const { limits, workers, queue, testTimeAugmentation = [] } = options;
  const preprocessing = createImagePreprocessing({ threads: workers, queue, pixels: limits.pixels });
  // First, since threads start beside what follows.
  const warm = options.warm ? preprocessing.warm() : Promise.resolve();
  let draining = false;
  const metrics = createMetrics(() => registry.all());
  const bodies = createByteBudget(limits);
  const app = createApp(options, bodies, metrics.route('none'));
  const explanations = createExplanations(nodeEngine);
  const openOne: RegistryOptions['openWorker'] = async (model) =>
    openAveragingClassifier(model, await nodeEngine(), 1, testTimeAugmentation);
  const registry = createRegistry({
    ...options,
    openWorker: options.openWorker ?? openOne,
    events: {
      loaded(served, milliseconds) {
        metrics.loaded(served);
        const { name, version, digest } = served;
        app.log.info({ model: name, version, digest, ms: Math.round(milliseconds) }, 'model loaded');
      },
      rejected({ name, version, file }, reason) {
        metrics.rejected(name);
        app.log.error({ model: name, version, file, reason }, 'model refused; the version served before stays');
      },
      ignored: (path, reason) => app.log.warn({ path, reason }, 'ignored'),
      vanished: () => app.log.warn({ path: options.path }, 'no model is found any more; those that are served stay'),
      retired(served) {
        metrics.retired(served);
        app.log.info({ model: served.name, version: served.version }, 'model retired');
      },
      drained: (served) => void explanations.forget(served.model),
      batch: ({ name }, pictures, milliseconds) => metrics.batch(name, pictures, milliseconds),
      replaced({ name, version }, cause) {
        metrics.replaced(name);
        app.log.error({ model: name, version, err: cause }, 'a worker thread died and is being replaced');
      },
    },
  });
  const classification: ClassificationService = {
    ...{ registry, preprocessing, explanations, limits, testTimeAugmentation },
  };
  const ready = () => {
    const all = registry.all();
    return !draining && all.length > 0 && all.every(({ batcher }) => batcher.alive() > 0);
  };

  const addresses = new Set<string>();
  app.addHook('onRoute', ({ url }) => void addresses.add(url));
  const tally = addHooks(app, {
    ...options,
    bodies,
    metrics,
    draining: () => draining,
    rejection: (context, hasImages) => earlyRejection(classification, context, hasImages),
  });
  const routes = createRoutes(app);
  classifyRoutes(routes, classification);
  huggingFaceRoutes(routes, classification);
  openInferenceRoutes(routes, classification, ready);
  await operationsRoutes(routes, metrics, limits);
  await app.ready();

  return {
    app,
    registry,
    tally,
    routes: addresses,
    warm,
    drain() {
      draining = true;
    },
    async close(lingerMs = 0) {
      draining = true;
      await closeApp(app, lingerMs);
      await Promise.all([registry.close(), preprocessing.close()]);
      await explanations.close();
      metrics.close();
    },
  };
}
