import type { FastifyInstance } from 'fastify';
import { openAveragingClassifier, type TestTimeTransform } from '../../core/model/testTimeAugmentation.ts';
import { nodeEngine } from '../engine.ts';
import { type ClassificationService, earlyRejection } from './classification.ts';
import type { Tally } from './http/hooks.ts';
import { createHttpService, type HttpOptions } from './http/httpService.ts';
import { operationsRoutes } from './http/operations.ts';
import { createRegistry, type Registry, type RegistryOptions } from './models/registry.ts';
import { classifyRoutes } from './protocols/classify.ts';
import { huggingFaceRoutes } from './protocols/huggingFace.ts';
import { openInferenceRoutes } from './protocols/openInference/routes.ts';
import { createExplanations } from './scheduling/explanations.ts';
import { createImagePreprocessing } from './scheduling/imagePreprocessing.ts';

export interface ServiceOptions
  extends HttpOptions,
    Pick<RegistryOptions, 'path' | 'workers' | 'maxBatch' | 'maxDelayMs' | 'queue'> {
  /** Views of each picture over which its probabilities are averaged, beside itself; none by default. */
  readonly testTimeAugmentation?: readonly TestTimeTransform[];
  /** Starts a worker for a model; the default is a classifier with one thread. */
  readonly openWorker?: RegistryOptions['openWorker'];
  /** Whether the threads that decode images start at once, rather than with the first image. */
  readonly warm?: boolean;
}

const mebi = 2 ** 20;

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
  const http = createHttpService(options, {
    models: () => registry.all(),
    rejection: (context, hasImages) => earlyRejection(classification, context, hasImages),
  });
  const { app, metrics, routes } = http;
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
    return !http.draining() && all.length > 0 && all.every(({ batcher }) => batcher.alive() > 0);
  };

  classifyRoutes(routes, classification);
  huggingFaceRoutes(routes, classification);
  openInferenceRoutes(routes, classification, ready);
  const { bodyBytes, jsonBytes, images, pixels } = limits;
  await operationsRoutes(routes, metrics, {
    description:
      'Classifies pictures of clothing. Every error is `{ error, code }`: a sentence, and a code that programs can test. ' +
      `A body has up to ${bodyBytes / mebi} MiB (JSON ${jsonBytes / mebi} MiB) and ${images} pictures, an image up to ${pixels / 1e6} million pixels.`,
    tags: ['Selvedge', 'Hugging Face', 'Open Inference Protocol'],
  });
  await app.ready();

  return {
    app,
    registry,
    tally: http.tally,
    routes: http.addresses,
    warm,
    drain: http.drain,
    async close(lingerMs = 0) {
      await http.close(lingerMs);
      await Promise.all([registry.close(), preprocessing.close()]);
      await explanations.close();
    },
  };
}
