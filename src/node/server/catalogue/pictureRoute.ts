import { z } from 'zod';
import type { CatalogueService } from '../../catalogue/operations/service.ts';
import { mediaTypeOf } from '../../images/decode.ts';
import { get, type Routes } from '../http/routes.ts';
import { createParameters } from '../protocols/parameters.ts';
import { answering, readPath, run } from './operationRoutes.ts';

/** Its address has its digest, so it never changes; but only who may read the catalogue may keep it. */
const immutable = 'private, max-age=31536000, immutable';
const binary = z.string().meta({ format: 'binary' });

/** `GET /v1/catalogue/pictures/:digest` */
export function pictureRoute(routes: Routes, { operations }: CatalogueService): void {
  const path = {
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: '64 hexadecimal digits' })
      .describe('SHA-256 of the file as it came.'),
  };
  const kinds = ['original', 'thumbnail'] as const;
  const parameters = createParameters({
    kind: z
      .enum(kinds, { error: "'original' or 'thumbnail'" })
      .default('thumbnail')
      .describe(
        '`thumbnail`: at most 256 pixels an edge; `original`: at most 1600. Both are encoded anew, without metadata.',
      ),
  });
  const content = { 'image/png': binary, 'image/jpeg': binary, 'image/webp': binary };
  const url = '/v1/catalogue/pictures/:digest';
  const operation = get(
    'Catalogue',
    url,
    'A picture of a product',
    { description: 'The picture.', content },
    {
      role: 'read',
      path,
      query: parameters.schemas,
      errors: ['bad-parameter', 'unknown-item', 'store-failed'],
    },
  );
  routes.add(operation, async (request, reply) => {
    const { digest } = readPath(path, request.params);
    const { kind } = parameters.read(request.query);
    const found = await answering(() => run(operations.picture, { digest, kind }), true);
    const bytes = Buffer.from((found as { bytes: string }).bytes, 'base64');
    return reply
      .header('cache-control', immutable)
      .header('content-disposition', 'inline')
      .type(mediaTypeOf(bytes) ?? 'application/octet-stream')
      .send(bytes);
  });
}
