import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { ServiceMetrics } from '../metrics.ts';
import { openApiDocument } from '../openapi.ts';

/** Not the plugin's own: it turns addresses to HTTPS, which the service does not speak, and refuses a style of its page. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** `GET /metrics`, `GET /openapi.json`, and the page at `/docs` that shows it. */
export async function operationsRoutes(app: FastifyInstance, metrics: ServiceMetrics): Promise<void> {
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  app.get('/openapi.json', async () => openApiDocument);
  await app.register(swagger, { mode: 'static', specification: { document: openApiDocument as never } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme: { title: 'Selvedge: the service' },
    uiConfig: { tryItOutEnabled: true, layout: 'BaseLayout' },
  });
}
