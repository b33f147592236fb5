import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type BodyRoom, smallBody } from './body.ts';
import type { KeyRing } from './keys.ts';
import type { Limits } from '../limits.ts';
import type { ServiceMetrics } from './metrics.ts';
import { createPipelines } from './connections.ts';
import { type FailureBody, isRefusal, type Refusal, refusals, refuse } from '../errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the key that the request showed. */
    keyName: string;
    /** Whether its client has gone, or has its answer. */
    gone: boolean;
  }
}

export interface HookOptions {
  readonly keys: KeyRing | undefined;
  /** Whether only this machine can ask. */
  readonly loopback: boolean;
  readonly bodies: BodyRoom;
  readonly metrics: ServiceMetrics;
  draining(): boolean;
  readonly limits: Limits;
  /**
   * What to say to every question while no model has room for one more picture, and to photos that have so many milliseconds while
   * those at hand take too long.
   */
  overload(photosWithin: number | undefined): Error | undefined;
}

/** How many requests came, and how many are answered or were given up by their clients. */
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
/** A refused body up to this is read to its end. */
const mostRead = 64 * 2 ** 20;

/** What happens to every request: headers, keys, counting, its line in the log, its failure. */
export function addHooks(app: FastifyInstance, options: HookOptions): Tally {
  const { bodies, metrics } = options;
  const tally: Tally = { received: 0, done: 0 };
  const pipelines = createPipelines();
  app.decorateRequest('keyName', '');
  app.decorateRequest('gone', false);
  const methods = new Map<string, Set<string>>();

  app.addHook('onRequest', (request, reply, done) => {
    tally.received++;
    // Also when the client goes away before its answer, which `onResponse` does not see.
    const over = () => {
      tally.done++;
      request.gone = true;
      bodies.free(request);
    };
    if (!pipelines.follow(request.raw, reply.raw, over)) return;
    reply.headers(securityHeaders);
    reply.header('x-request-id', request.id);
    if (options.draining()) reply.header('connection', 'close');
    try {
      requireHost(request);
      admit(request, options);
      // Before its body is read: turning away has to cost less than answering.
      const overload =
        request.method === 'POST'
          ? options.overload(isPhotos(request) ? patience(request, options.limits) : undefined)
          : undefined;
      if (overload) throw overload;
      if (request.method === 'POST') requirePlain(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  // Answers of an address count under its route, whatever names stand in it.
  app.addHook('onRoute', (route) => {
    const note = metrics.route(route.url);
    const known = methods.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) known.add(method);
    methods.set(route.url, known);
    const before = route.onResponse === undefined ? [] : [route.onResponse].flat();
    route.onResponse = [
      ...before,
      (_request: FastifyRequest, reply: FastifyReply, done: () => void) => {
        note(reply.statusCode, reply.elapsedTime);
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
        ...(request.keyName === '' ? {} : { key: request.keyName }),
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
      return fail(app, request, reply.header('allow', allowed.join(', ')), refuse('wrong-method', sentence));
    }
    const sentence = `There is nothing at ${request.method} ${path.slice(0, 60)}; see /docs.`;
    return fail(app, request, reply, refuse('unknown-route', sentence));
  });
  app.setErrorHandler((error, request, reply) => fail(app, request, reply, error));
  return tally;
}

/** An address without its query, which may hold anything. */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The methods of the addresses, written as Fastify's, that a path is one of. */
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

/** What a probe or a person with a browser may see without a key. */
function isOpen(route: string, method: string): boolean {
  return (
    route.startsWith('/v2/health/') ||
    route === '/openapi.json' ||
    route === '/docs' ||
    route.startsWith('/docs/') ||
    (route === '/' && method !== 'POST')
  );
}

/** Goes by the route that was found: the address itself can be written in many ways. */
function admit(request: FastifyRequest, { keys, loopback }: HookOptions): void {
  const { url: route = '' } = request.routeOptions;
  if (isOpen(route, request.method)) return;
  if (keys) request.keyName = keys.admit(request.headers);
  else if (route === '/metrics' && !loopback && !isLoopback(request.ip)) {
    throw refuse('metrics-closed', 'Metrics need an API key beyond this machine: start the service with --api-keys.');
  }
}

/** Whether an address or a host's name is this machine's own. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}

/** Milliseconds that a request may take, as far as its address tells. */
function patience({ query }: FastifyRequest, { deadlineMs, explainDeadlineMs }: Limits): number {
  const { deadlineMs: asked, explain } = query as Readonly<Record<string, unknown>>;
  return Number(asked) || (explain === 'true' ? explainDeadlineMs : deadlineMs);
}

/** Whether a body is so large that it holds encoded images, not pixels; tensors are told by their headers. */
function isPhotos({ headers }: FastifyRequest): boolean {
  const isTensor = headers['inference-header-content-length'] !== undefined;
  const isJson = headers['content-type']?.startsWith('application/json');
  return Number(headers['content-length']) > smallBody && !isTensor && !isJson;
}

/** @throws Refusal 'bad-http': only HTTP before 1.1 knows no Host (RFC 9112, section 3.2). */
function requireHost({ headers, raw }: FastifyRequest): void {
  if (headers.host !== undefined || raw.httpVersion === '1.0') return;
  throw refuse('bad-http', 'The request has no Host header: say which host is asked.');
}

/** @throws Refusal 'unsupported-body' for a body that is compressed as a whole. */
function requirePlain({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw refuse('unsupported-body', 'Content encodings such as gzip are not supported: send the body as it is.');
}

/** Answers with the failure that an error stands for. What is no refusal is a defect, and logged as one. */
export function fail(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const refusal = refusalOf(error);
  const { status } = refusals[refusal.refusal];
  if (status === 500) app.log.error({ id: request.id, err: refusal.cause ?? error }, refusal.message);
  if (refusal.retryAfter !== undefined) reply.header('retry-after', String(refusal.retryAfter));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 413 && !isSoonRead(request)) reply.header('connection', 'close');
  const body: FailureBody = { error: refusal.message, code: refusal.refusal };
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** Whether the rest of a refused body is so short that reading it is better than cutting off a client that is still sending it. */
function isSoonRead({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length']) <= mostRead;
}

function refusalOf(error: unknown): Refusal {
  if (isRefusal(error)) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refuse('unsupported-body', 'The content type cannot be used.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return refuse(
      'bad-request',
      'The request cannot be used: its address, a header or the length of its body is wrong.',
    );
  }
  return refuse('defect', 'This is a defect of the service; its log has the details under this request id.', {
    cause: error,
  });
}
