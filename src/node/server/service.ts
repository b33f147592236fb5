import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { openClassifier } from '../../core/model/classifier.ts';
import { nodeEngine } from '../engine.ts';
import { type BodyRoom, createBodyRoom } from './http/body.ts';
import type { Classifying } from './classification.ts';
import { answerClientError } from './http/clientErrors.ts';
import { createDarkroom } from './scheduling/imagePreprocessing.ts';
import { createExplaining } from './scheduling/explanations.ts';
import { addHooks, fail, type HookOptions, securityHeaders, type Tally } from './http/hooks.ts';
import { full } from './scheduling/dynamicBatcher.ts';
import type { Limits } from './limits.ts';
import type { LogLevel, LogStream } from './log.ts';
import { createMetrics } from './http/metrics.ts';
import { createRegistry, type Registry, type RegistryOptions } from './models/registry.ts';
import { classifyRoutes } from './protocols/classify.ts';
import { huggingFaceRoutes } from './protocols/huggingFace.ts';
import { openInferenceRoutes } from './protocols/openInference/routes.ts';
import { operationsRoutes } from './http/operations.ts';

export interface ServiceOptions
  extends Pick<RegistryOptions, 'path' | 'workers' | 'maxBatch' | 'maxDelayMs' | 'queue'>,
    Pick<HookOptions, 'keys' | 'loopback'> {
  readonly limits: Limits;
  readonly logLevel: LogLevel;
  readonly log: LogStream;
  /** Starts a worker for a model; the engine's own where nothing is said. */
  readonly openWorker?: RegistryOptions['openWorker'];
}

/** The service without a port: what answers, and what is behind it. */
export interface Service {
  readonly app: FastifyInstance;
  readonly registry: Registry;
  readonly tally: Tally;
  /** Every address that there is. */
  readonly routes: ReadonlySet<string>;
  /** Gets everything ready that would make the first requests wait. */
  warm(): Promise<void>;
  /** Says from now on that it is not ready, and lets clients go with their next answer. */
  drain(): void;
  /**
   * Stops accepting, answers what is in flight, then frees everything. Connections without a request are kept for
   * `lingerMs`, for one that is on its way.
   */
  close(lingerMs?: number): Promise<void>;
}

export async function createService(options: ServiceOptions): Promise<Service> {
  const { limits, workers } = options;
  let draining = false;
  const metrics = createMetrics(() => registry.all());
  const bodies = createBodyRoom(limits);
  const app = createApp(options, bodies, metrics.route('none'));
  const explaining = createExplaining(nodeEngine);
  const openOne: RegistryOptions['openWorker'] = async (model) => openClassifier(model, await nodeEngine(), 1);
  const registry = createRegistry({
    ...options,
    openWorker: options.openWorker ?? openOne,
    events: {
      loaded(served, milliseconds) {
        metrics.loaded(served);
        const { name, version, digest } = served;
        app.log.info({ model: name, version, digest, ms: Math.round(milliseconds) }, 'model loaded');
      },
      refused({ name, version, file }, reason) {
        metrics.refused(name);
        app.log.error({ model: name, version, file, reason }, 'model refused; what was served before stays');
      },
      passedOver: (path, reason) => app.log.warn({ path, reason }, 'passed over'),
      vanished: () => app.log.warn({ path: options.path }, 'no model is found any more; what was served stays'),
      retired(served) {
        metrics.retired(served);
        app.log.info({ model: served.name, version: served.version }, 'model retired');
      },
      drained: (served) => void explaining.forget(served.model),
      batch: ({ name }, pictures, milliseconds) => metrics.batch(name, pictures, milliseconds),
      replaced({ name, version }, cause) {
        metrics.replaced(name);
        app.log.error({ model: name, version, err: cause }, 'a worker thread died and is being replaced');
      },
    },
  });
  const darkroom = createDarkroom({ threads: workers, queue: options.queue, pixels: limits.pixels });
  const classifying: Classifying = { registry, darkroom, explaining, limits };
  const ready = () => {
    const all = registry.all();
    return !draining && all.length > 0 && all.every(({ lane }) => lane.alive() > 0);
  };

  const overload = (photosWithin: number | undefined) => {
    const all = registry.all();
    if (all.length > 0 && all.every(({ lane }) => !lane.hasRoom(1))) return full(all[0]!.lane.waiting());
    return photosWithin === undefined ? undefined : darkroom.overload(photosWithin);
  };

  const routes = new Set<string>();
  app.addHook('onRoute', ({ url }) => void routes.add(url));
  const tally = addHooks(app, { ...options, bodies, metrics, draining: () => draining, overload });
  classifyRoutes(app, classifying);
  huggingFaceRoutes(app, classifying);
  openInferenceRoutes(app, classifying, ready);
  await operationsRoutes(app, metrics);
  await app.ready();

  return {
    app,
    registry,
    tally,
    routes,
    warm: () => darkroom.warm(),
    drain() {
      draining = true;
    },
    async close(lingerMs = 0) {
      draining = true;
      await closeApp(app, lingerMs);
      await Promise.all([registry.close(), darkroom.close()]);
      await explaining.close();
      metrics.close();
    },
  };
}

/** How often connections that have become idle are looked for, in milliseconds. */
const idleEvery = 50;

/** Node closes idle connections as soon as it stops accepting, also those whose first request is still to be read. */
async function closeApp(app: FastifyInstance, lingerMs: number): Promise<void> {
  const { server } = app;
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => undefined;
  const until = performance.now() + lingerMs;
  // The first time is at least one turn of the event loop later.
  const timer = setInterval(() => performance.now() >= until && closeIdle(), Math.min(idleEvery, lingerMs));
  try {
    await app.close();
  } finally {
    clearInterval(timer);
  }
}

/** Fastify with every limit set, and bodies as the bytes that came. */
function createApp(
  { limits, logLevel, log }: ServiceOptions,
  bodies: BodyRoom,
  dropped: (status: number, milliseconds: number) => void,
): FastifyInstance {
  const own = randomBytes(4).toString('hex');
  let count = 0;
  const app: FastifyInstance = Fastify({
    logger: {
      level: logLevel,
      stream: log,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // One line a request is written by our own hook, which needs no logger for each.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : `${own}-${(count++).toString(36)}`;
    },
    requestTimeout: limits.receiveMs,
    keepAliveTimeout: 65_000,
    // Who sends nothing for so long and does not read its answers either is gone.
    connectionTimeout: 75_000,
    // Without a Host the answer is our own, with a sentence.
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: 500, requireHostHeader: false },
    // Whatever reaches us while we are closing is answered.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    // These pass by the hooks.
    frameworkErrors(error, request, reply) {
      void fail(app, request, reply.headers({ ...securityHeaders, 'x-request-id': request.id }), error);
      dropped(reply.statusCode, 0);
    },
    clientErrorHandler(error, socket) {
      const status = answerClientError(error, socket);
      if (status !== undefined) dropped(status, 0);
    },
  });
  app.server.maxConnections = limits.connections;
  // Other expectations than 100-continue may be passed over (RFC 9110, section 10.1.1); Node answers them without a sentence.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', bodies.reader(limits.jsonBytes));
  app.addContentTypeParser('*', bodies.reader(limits.bodyBytes));
  return app;
}
