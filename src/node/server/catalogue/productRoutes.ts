import { removeInput } from '../../catalogue/operations/products.ts';
import type { AddOperation } from './operationRoutes.ts';
import { fraction, limit, text } from './parameters.ts';
import { products, removed, shownProduct } from './schemas.ts';

const id = text.describe("The product's id in the feed.");
const precision = fraction(0.5, 0.999)
  .default(0.95)
  .describe('Of a class’s accepted predictions, the share that is to be right; `accepted` follows from it.');

/** `/v1/catalogue/products` */
export function productRoutes(add: AddOperation): void {
  add({
    method: 'GET',
    url: '/v1/catalogue/products',
    summary: 'Products, in the order of their ids',
    description: 'A page ends where fewer than `limit` are answered; the next one begins with `after` the last id.',
    role: 'read',
    query: {
      after: text.or(text.length(0)).default('').describe('Those behind this id.'),
      limit,
      category: text.optional().describe("Those of this category, a person's or else the model's."),
      precision,
    },
    operation: 'products',
    input: ({ query }) => query,
    answer: 'The products.',
    json: products,
  });
  add({
    method: 'GET',
    url: '/v1/catalogue/products/:id',
    summary: 'A product',
    role: 'read',
    path: { id },
    query: { precision },
    operation: 'products',
    input: ({ path, query }) => ({ ids: [path.id], precision: query.precision }),
    answer: 'The product.',
    json: shownProduct,
    show: ({ products: [product] }) => product,
    isLookup: true,
  });
  add({
    method: 'DELETE',
    url: '/v1/catalogue/products/:id',
    summary: 'Erase a product',
    description: 'With its pictures, where no other product shows them, and its embeddings, tags and reviews.',
    role: 'admin',
    path: { id },
    operation: 'remove',
    input: ({ path }) => ({ ids: [path.id] }),
    answer: 'What was erased.',
    json: removed,
    isLookup: true,
  });
  add({
    method: 'POST',
    url: '/v1/catalogue/products/remove',
    summary: 'Erase products',
    description: 'All of them, or none where one is unknown.',
    role: 'admin',
    body: removeInput,
    operation: 'remove',
    input: ({ body }) => body,
    answer: 'What was erased.',
    json: removed,
  });
}
