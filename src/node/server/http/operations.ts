import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ServiceMetrics } from './metrics.ts';
import { type AboutService, openApiDocument } from './openApi.ts';
import { get, type Routes } from './routes.ts';

/** Not the plugin's own: it turns addresses to HTTPS, which the service does not speak, and refuses a style of its page. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The plugin would serialise its own copy of the document for each request. */
function redirectToDocument(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (/\/docs\/(json|yaml)$/.test(request.routeOptions.url ?? '')) void reply.redirect('/openapi.json');
  else done();
}

/** `GET /metrics`, `GET /openapi.json`, and the page at `/docs` that shows it. */
export async function operationsRoutes(routes: Routes, metrics: ServiceMetrics, about: AboutService): Promise<void> {
  const text = { description: 'The metrics.', content: { 'text/plain': z.string() } };
  routes.add(
    get('Operations', '/metrics', 'Metrics for Prometheus', text, { errors: ['metrics-closed'] }),
    async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
  let document: Buffer | undefined;
  const any = { description: 'This document.', json: z.unknown().meta({ type: 'object' }) };
  routes.add(get('Operations', '/openapi.json', 'This document', any, { open: true }), async (_, reply) => {
    // Written once, at the first request: a start should not wait for it.
    document ??= Buffer.from(openApiDocument(routes.operations, about));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  const redirect = { status: 302, description: 'To /docs.' };
  routes.add(get('Operations', '/', 'Redirects to /docs', redirect, { open: true }), async (_, reply) =>
    reply.redirect('/docs'),
  );
  const page = { description: 'A page.', content: { 'text/html': z.string() } };
  routes.describe(
    get('Operations', '/docs', 'This document as a page', page, { open: true, errors: ['unknown-route'] }),
  );
  // The page reads /openapi.json; the plugin's own document is not used.
  await routes.app.register(swagger, { mode: 'static', specification: { document: { openapi: '3.1.0' } as never } });
  await routes.app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiHooks: { onRequest: redirectToDocument },
    theme: { title: 'Selvedge API' },
    uiConfig: { tryItOutEnabled: true, layout: 'BaseLayout' },
  });
}
