import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { ServiceMetrics } from '../metrics.ts';
import { openApiDocument } from '../openapi.ts';

/** `GET /metrics`, `GET /openapi.json`, and the page at `/docs` that shows it. */
export async function operationsRoutes(app: FastifyInstance, metrics: ServiceMetrics): Promise<void> {
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  app.get('/openapi.json', async () => openApiDocument);
  await app.register(swagger, { mode: 'static', specification: { document: openApiDocument as never } });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { tryItOutEnabled: true } });
}
