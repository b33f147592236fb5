import { z } from 'zod';
import { recallInput } from '../../catalogue/operations/approximateIndex.ts';
import type { duplicatesInput } from '../../catalogue/operations/duplicates.ts';
import type { OutputOf } from '../../catalogue/operations/service.ts';
import { similarInput } from '../../catalogue/operations/similar.ts';
import type { AddOperation } from './operationRoutes.ts';
import { fraction, limit, offset } from './parameters.ts';

const share = z.number().min(0).max(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const similar: z.ZodType<OutputOf<'similar'>> = z.object({
  products: z.array(
    z
      .object({
        id: z.string(),
        title: z.string(),
        link: z.string(),
        score: share.describe('The cosine of the features.'),
        category: z.string().nullable(),
        colours: z.array(z.string()),
        price: z.object({ amount: z.string(), currency: z.string() }).nullable(),
        picture: digest.describe('The one that is most similar.'),
        alsoAs: z
          .array(z.string())
          .describe('Variants, and products with nearly the same picture, for which it stands.'),
        shared: z
          .object({
            category: z.string().nullable(),
            colours: z.array(z.string()),
            attributes: z.record(z.string(), z.string()),
          })
          .nullable()
          .describe('What it has in common with the first product that was asked about.'),
      })
      .meta({ id: 'SimilarProduct' }),
  ),
});

const kind = z.enum(['exact', 'near', 'sameProduct']);
const duplicates: z.ZodType<OutputOf<'duplicates'>> = z.object({
  total: z.int().describe('Groups in all.'),
  groups: z.array(
    z.object({
      kind,
      products: z.array(
        z.object({
          id: z.string(),
          picture: digest,
          because: z
            .object({
              id: z.string().describe('An earlier product of the group.'),
              kind,
              hashDistance: z.int().optional(),
              meanDifference: z.number().optional(),
              cosine: z.number().optional(),
            })
            .nullable()
            .describe('What the pictures have in common; null for the first.'),
        }),
      ),
    }),
  ),
});

const percentiles = z.object({ p50: z.number(), p99: z.number() });
const recall: z.ZodType<OutputOf<'recall'>> = z.object({
  queries: z.int(),
  limit: z.int(),
  recall: share.describe('The mean share of the true neighbours that the index finds.'),
  lowest: share,
  indexMs: percentiles,
  exactMs: percentiles,
});

/** `/v1/catalogue/similar`, `/v1/catalogue/duplicates` and `/v1/catalogue/recall` */
export function similarRoutes(add: AddOperation): void {
  add({
    method: 'POST',
    url: '/v1/catalogue/similar',
    summary: 'Products that look most like products or photos',
    description:
      'Variants and near-duplicates of what is asked about are left out, and each other one is listed once. Photos are base64 of PNG, JPEG or WebP files, and are not kept.',
    role: 'read',
    body: similarInput,
    operation: 'similar',
    input: ({ body }) => body,
    answer: 'The products, the most similar first.',
    json: similar,
  });
  add({
    method: 'GET',
    url: '/v1/catalogue/duplicates',
    summary: 'Groups of products with the same, nearly the same, or very similar pictures',
    description: 'The largest groups first. Variants of one product are no duplicates, and nothing is deleted.',
    role: 'read',
    query: {
      limit,
      offset,
      kind: kind.optional().describe('Only groups of this kind.'),
      threshold: fraction(0.5, 1)
        .optional()
        .describe('From which cosine on pictures are taken for one product; without it they are not.'),
    },
    operation: 'duplicates',
    input: ({ query }) => query as z.input<typeof duplicatesInput>,
    answer: 'The groups.',
    json: duplicates,
  });
  add({
    method: 'POST',
    url: '/v1/catalogue/recall',
    summary: 'Measure the approximate index against exact search',
    role: 'admin',
    body: recallInput,
    operation: 'recall',
    input: ({ body }) => body,
    answer: 'What share of the true neighbours it finds, and how long it takes.',
    json: recall,
  });
}
