import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FailureBody, type HttpError, httpError, httpErrors, isHttpError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { type ByteBudget, smallBody } from './body.ts';
import { createConnections } from './connections.ts';
import { createContext, type RequestContext } from './context.ts';
import type { KeyRing } from './keys.ts';
import type { ServiceMetrics } from './metrics.ts';
import { requireOwnOrigin, requireRole } from './roles.ts';

export interface HookOptions {
  readonly keys: KeyRing | undefined;
  /** Whether only this machine can connect. */
  readonly loopback: boolean;
  readonly bodies: ByteBudget;
  readonly metrics: ServiceMetrics;
  readonly limits: Limits;
  draining(): boolean;
  /** Why a request whose body is still to be read is not admitted, if it is not. */
  rejection(context: RequestContext, hasImages: boolean): Error | undefined;
}

/** Requests received, and those that are answered or were aborted by their clients. */
export interface Tally {
  received: number;
  done: number;
}

/** The strictest there is: nothing here is a page. The documentation's page sets its own. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Most characters of an address that a line of the log holds. */
const longestPath = 200;
/** A rejected body up to this size is read to its end. */
const mostRead = 64 * 2 ** 20;

/** For every request: its context, headers, key, admission, metrics, line in the log, and failure. */
export function addHooks(app: FastifyInstance, options: HookOptions): Tally {
  const { bodies, metrics, limits } = options;
  const tally: Tally = { received: 0, done: 0 };
  const connections = createConnections();
  app.decorateRequest('context');
  const methods = new Map<string, Set<string>>();

  app.addHook('onRequest', (request, reply, done) => {
    tally.received++;
    const context = createContext(limits, request.query);
    request.context = context;
    // Also when the client goes away before its answer, which `onResponse` does not see.
    const onClosed = () => {
      tally.done++;
      context.aborted = true;
      bodies.release(context);
    };
    if (!connections.follow(request.raw, reply.raw, onClosed)) return;
    reply.headers(securityHeaders);
    reply.header('x-request-id', request.id);
    if (options.draining()) reply.header('connection', 'close');
    try {
      requireHost(request);
      authenticate(request, options);
      if (request.method === 'POST') {
        const rejected = options.rejection(context, hasImages(request));
        if (rejected) throw rejected;
        requirePlain(request);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  // Answers of an address count under its route, with any names in it.
  app.addHook('onRoute', (route) => {
    const record = metrics.route(route.url);
    const known = methods.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) known.add(method);
    methods.set(route.url, known);
    const before = route.onResponse === undefined ? [] : [route.onResponse].flat();
    route.onResponse = [
      ...before,
      (_request: FastifyRequest, reply: FastifyReply, done: () => void) => {
        record(reply.statusCode, reply.elapsedTime);
        done();
      },
    ];
  });

  app.addHook('onResponse', (request, reply, done) => {
    app.log.info(
      {
        id: request.id,
        method: request.method,
        path: pathOf(request.url).slice(0, longestPath),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 100) / 100,
        ...(request.context.client === '' ? {} : { key: request.context.client }),
      },
      'answered',
    );
    done();
  });

  const unknown = metrics.route('none');
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    const allowed = methodsAt(path, methods);
    unknown(allowed.length > 0 ? 405 : 404, reply.elapsedTime);
    if (allowed.length > 0) {
      const sentence = `This address takes ${allowed.join(' and ')}, not ${request.method}; see /docs.`;
      return fail(app, request, reply.header('allow', allowed.join(', ')), httpError('wrong-method', sentence));
    }
    const sentence = `There is nothing at ${request.method} ${path.slice(0, 60)}; see /docs.`;
    return fail(app, request, reply, httpError('unknown-route', sentence));
  });
  app.setErrorHandler((error, request, reply) => fail(app, request, reply, error));
  return tally;
}

/** An address without its query, which may hold anything. */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The methods of the routes that a path matches. */
function methodsAt(path: string, methods: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const parts = path.replace(/(?<=.)\/$/, '').split('/');
  const fits = (address: string) => {
    const named = address.split('/');
    return (
      named.length === parts.length && named.every((name, n) => name === parts[n] || (name[0] === ':' && parts[n]))
    );
  };
  return [...methods].flatMap(([address, known]) => (fits(address) ? [...known] : []));
}

/**
 * Goes by the route that was found: the address itself can be written in many ways.
 * @throws HttpError
 */
function authenticate(request: FastifyRequest, { keys, loopback }: HookOptions): void {
  const { url: route = '', config } = request.routeOptions;
  // The documentation's routes are a plugin's.
  if (config.open || route === '/docs' || route.startsWith('/docs/')) return;
  if (keys) {
    const { name, role } = keys.admit(request.headers);
    request.context.client = name;
    if (config.role) requireRole(role, config.role, name);
  } else if (config.role) {
    // Who shares this machine may do everything; of others nothing is known.
    requireRole(loopback ? 'admin' : 'read', config.role, '');
    if (loopback) requireOwnOrigin(request.headers, isLoopback);
  } else if (route === '/metrics' && !loopback && !isLoopback(request.ip)) {
    throw httpError(
      'metrics-closed',
      'Metrics need an API key beyond this machine: start the service with --api-keys.',
    );
  }
}

/** Whether an address or a host's name is this machine's own. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a body is so large that it holds encoded images, not pixels; tensors are recognised by their headers. */
function hasImages({ headers }: FastifyRequest): boolean {
  const isTensor = headers['inference-header-content-length'] !== undefined;
  const isJson = headers['content-type']?.startsWith('application/json');
  return Number(headers['content-length']) > smallBody && !isTensor && !isJson;
}

/** @throws HttpError 'bad-http': only HTTP before 1.1 knows no Host (RFC 9112, section 3.2). */
function requireHost({ headers, raw }: FastifyRequest): void {
  if (headers.host !== undefined || raw.httpVersion === '1.0') return;
  throw httpError('bad-http', 'The request has no Host header: say which host is meant.');
}

/** @throws HttpError 'unsupported-body' for a body that is compressed as a whole. */
function requirePlain({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw httpError('unsupported-body', 'Content encodings such as gzip are not supported: send the body as it is.');
}

/** Answers with the failure of an error. What is not an HttpError is a defect, and logged as one. */
export function fail(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, cause: unknown): FastifyReply {
  const error = asHttpError(cause);
  const { status } = httpErrors[error.code];
  if (status === 500) app.log.error({ id: request.id, err: error.cause ?? cause }, error.message);
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 413 && !isSoonRead(request)) reply.header('connection', 'close');
  const body: FailureBody = { error: error.message, code: error.code };
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** Whether the rest of a rejected body is so short that reading it is better than cutting off a client that is still sending it. */
function isSoonRead({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length']) <= mostRead;
}

function asHttpError(error: unknown): HttpError {
  if (isHttpError(error)) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return httpError('unsupported-body', 'The content type cannot be used.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return httpError(
      'bad-request',
      'The request cannot be used: its address, a header or the length of its body is wrong.',
    );
  }
  return httpError('defect', 'This is a defect of the service; its log has the details under this request id.', {
    cause: error,
  });
}
