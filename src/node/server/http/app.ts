import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Limits } from '../limits.ts';
import type { LogLevel, LogStream } from '../log.ts';
import type { ByteBudget } from './body.ts';
import { answerClientError } from './clientErrors.ts';
import { fail, securityHeaders } from './hooks.ts';

export interface AppOptions {
  readonly limits: Limits;
  readonly logLevel: LogLevel;
  readonly log: LogStream;
}

/**
 * Fastify with every limit set, and bodies as the bytes that came.
 * @param onDropped is called with the status of an answer that no hook sees.
 */
export function createApp(
  { limits, logLevel, log }: AppOptions,
  bodies: ByteBudget,
  onDropped: (status: number, milliseconds: number) => void,
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
    // A hook writes one line a request, which needs no logger for each.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : `${own}-${(count++).toString(36)}`;
    },
    requestTimeout: limits.receiveMs,
    keepAliveTimeout: 65_000,
    // A client that sends nothing and reads no answers for so long is gone.
    connectionTimeout: 75_000,
    // Without a Host the answer is our own, with a sentence.
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: 500, requireHostHeader: false },
    // Requests that arrive while the service closes are answered.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.pathPart },
    // Both run without the hooks.
    frameworkErrors(error, request, reply) {
      void fail(app, request, reply.headers({ ...securityHeaders, 'x-request-id': request.id }), error);
      onDropped(reply.statusCode, 0);
    },
    clientErrorHandler(error, socket) {
      const status = answerClientError(error, socket);
      if (status !== undefined) onDropped(status, 0);
    },
  });
  app.server.maxConnections = limits.connections;
  // Expectations other than 100-continue may be ignored (RFC 9110, section 10.1.1); Node answers them without a sentence.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.removeAllContentTypeParsers();
  for (const [type, most] of [
    ['application/json', limits.jsonBytes],
    ['*', limits.bodyBytes],
  ] as const) {
    const read = bodies.reader(most);
    app.addContentTypeParser(type, (request, payload, done) => {
      if (request.routeOptions.config.streamed) done(null, payload);
      else read(request, payload, done);
    });
  }

  return app;
}

/** How often idle connections are closed, in milliseconds. */
const idleEveryMs = 50;

/**
 * Stops accepting and answers what is in flight. Node closes idle connections as soon as it stops accepting, also those whose first
 * request is still to be read; here they are kept for `lingerMs`.
 */
export async function closeApp(app: FastifyInstance, lingerMs: number): Promise<void> {
  const { server } = app;
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => undefined;
  const until = performance.now() + lingerMs;
  // The first time is at least one turn of the event loop later.
  const timer = setInterval(() => performance.now() >= until && closeIdle(), Math.min(idleEveryMs, lingerMs));
  try {
    await app.close();
  } finally {
    clearInterval(timer);
  }
}
