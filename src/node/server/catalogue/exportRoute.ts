import { Readable } from 'node:stream';
import { z } from 'zod';
import { type ExportedProduct, type ExportFormat, exportFormats } from '../../../core/catalogue/exports/types.ts';
import { writeExport } from '../../../core/catalogue/exports/writeExport.ts';
import { emptyMapping } from '../../../core/catalogue/mapping.ts';
import type { CatalogueService } from '../../catalogue/operations/service.ts';
import { get, type Routes } from '../http/routes.ts';
import { createParameters } from '../protocols/parameters.ts';
import { answering, run } from './operationRoutes.ts';
import { flag, fraction } from './parameters.ts';

const page = 500;
const types = {
  google: 'application/xml',
  shopify: 'text/csv; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl',
} as const satisfies Record<ExportFormat, string>;

/** `GET /v1/catalogue/export` */
export function exportRoute(routes: Routes, { operations }: CatalogueService): void {
  const parameters = createParameters({
    format: z
      .enum(exportFormats, { error: `one of ${exportFormats.join(', ')}` })
      .default('jsonl')
      .describe('How to write them.'),
    precision: fraction(0.5, 0.999)
      .default(0.95)
      .describe('Categories are written where their class is right this often on validation pictures.'),
    minimumConfidence: fraction(0, 1).default(0).describe('And only with at least this confidence.'),
    overwrite: flag
      .default(false)
      .describe('Whether tags replace what the feed says; otherwise they fill what it left empty.'),
  });
  const text = z.string();
  const operation = get(
    'Catalogue',
    '/v1/catalogue/export',
    'All products with their tags, for shops and spreadsheets',
    {
      description: 'The file.',
      content: {
        'application/xml': text,
        'text/csv': text,
        'application/jsonl': text,
        'text/tab-separated-values': text,
      },
    },
    { role: 'read', query: parameters.schemas, errors: ['bad-parameter', 'not-possible', 'store-failed'] },
  );
  routes.add(operation, async (request, reply) => {
    const { format, precision, minimumConfidence, overwrite } = parameters.read(request.query);
    const pageBehind = (after: string) =>
      answering(() => run(operations.export, { after, limit: page, precision })) as Promise<{
        products: ExportedProduct[];
      }>;
    async function* all(): AsyncGenerator<ExportedProduct> {
      for (let after = ''; ; ) {
        const { products } = await pageBehind(after);
        yield* products;
        if (products.length < page) return;
        after = products.at(-1)!.product.id;
      }
    }
    const options = { mapping: emptyMapping, overwrite, minimumConfidence, title: 'Products', link: '' };
    const pieces = writeExport(format, all, options)[Symbol.asyncIterator]();
    // A refusal comes before the first piece, where it can still be answered.
    const first = await pieces.next();
    async function* whole(): AsyncGenerator<string> {
      if (!first.done) yield first.value;
      yield* { [Symbol.asyncIterator]: () => pieces };
    }
    return reply
      .header(
        'content-disposition',
        `attachment; filename="products.${format === 'google' ? 'xml' : format === 'jsonl' ? 'jsonl' : 'csv'}"`,
      )
      .type(types[format])
      .send(Readable.from(whole()));
  });
}
