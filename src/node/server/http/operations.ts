import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceMetrics } from './metrics.ts';
import { openApiDocument } from './openApi.ts';

/** Not the plugin's own: it turns addresses to HTTPS, which the service does not speak, and refuses a style of its page. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The plugin writes the document anew for each question. */
function leadToDocument(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (/\/docs\/(json|yaml)$/.test(request.routeOptions.url ?? '')) void reply.redirect('/openapi.json');
  else done();
}

/** `GET /metrics`, `GET /openapi.json`, and the page at `/docs` that shows it. */
export async function operationsRoutes(app: FastifyInstance, metrics: ServiceMetrics): Promise<void> {
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  // Written once: it is long, and asked for without a key.
  const document = Buffer.from(JSON.stringify(openApiDocument));
  app.get('/openapi.json', async (_, reply) => reply.type('application/json; charset=utf-8').send(document));
  app.get('/', async (_, reply) => reply.redirect('/docs'));
  await app.register(swagger, { mode: 'static', specification: { document: openApiDocument as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiHooks: { onRequest: leadToDocument },
    theme: { title: 'Selvedge: the service' },
    uiConfig: { tryItOutEnabled: true, layout: 'BaseLayout' },
  });
}
