import { z } from 'zod';
import { feedFormats } from '../../../core/catalogue/product.ts';
import type { OperationName, OutputOf } from '../../catalogue/operations/service.ts';

/** What operations answer, for the document; the compiler holds them together. */
type Answer<Name extends OperationName> = z.ZodType<OutputOf<Name>>;

const share = z.number().min(0).max(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.string().meta({ format: 'date-time' });

export const shownProduct: z.ZodType<OutputOf<'products'>['products'][number]> = z
  .object({
    id: z.string(),
    group: z.string().nullable().describe('Variants of one product have the same.'),
    title: z.string().describe('As the feed has it: text, in which markup is not escaped.'),
    description: z.string(),
    link: z.string(),
    price: z.object({ amount: z.string(), currency: z.string() }).nullable(),
    inStock: z.boolean().nullable(),
    attributes: z.record(z.string(), z.string()),
    state: z.enum(['waiting', 'ready', 'failed']),
    problem: z.string().describe('Why it failed; empty otherwise.'),
    withdrawn: z.boolean(),
    pictures: z.array(
      z.object({
        address: z.string(),
        digest: digest.nullable().describe('By which /v1/catalogue/pictures has it; null until it was read.'),
        problem: z.string(),
      }),
    ),
    tags: z
      .object({
        model: digest,
        category: z.string(),
        confidence: share.describe('Calibrated where the model is.'),
        inDistribution: z.boolean().nullable(),
        top: z.array(z.object({ name: z.string(), probability: share })),
        colours: z.array(z.object({ name: z.string(), share, hex: z.string() })),
      })
      .nullable()
      .describe("The active model's; null until it has tagged the product."),
    review: z
      .object({ category: z.string(), reviewer: z.string(), at: time })
      .nullable()
      .describe('What a person chose instead.'),
    category: z.string().nullable().describe("A person's, or else the model's."),
    accepted: z
      .boolean()
      .nullable()
      .describe('Whether the category can be used without a person; null where the model has no thresholds.'),
  })
  .meta({ id: 'Product' });

export const products: Answer<'products'> = z.object({ products: z.array(shownProduct) });

export const removed: Answer<'remove'> = z.object({
  products: z.int(),
  pictures: z.int().describe('Those that no other product shows.'),
});

export const doubtful: Answer<'doubtful'> = z.object({
  products: z.array(
    z
      .object({
        id: z.string(),
        title: z.string(),
        link: z.string(),
        category: z.string(),
        confidence: share,
        inDistribution: z.boolean().nullable(),
        top: z.array(z.object({ name: z.string(), probability: share })),
        picture: digest.nullable().describe('The main one.'),
      })
      .meta({ id: 'DoubtfulProduct' }),
  ),
});

export const reviews: Answer<'reviews'> = z.object({
  reviews: z.array(
    z
      .object({
        review: z.int(),
        id: z.string(),
        category: z.string(),
        predicted: z.string().describe("The model's category at that time."),
        reviewer: z.string(),
        at: time,
      })
      .meta({ id: 'Review' }),
  ),
});

export const reviewNumbers: Answer<'review'> = z.object({
  reviews: z.array(z.int()).describe('Numbers by which they can be undone, in the order of the corrections.'),
});

export const undone: Answer<'undo'> = z.object({ id: z.string(), category: z.string() });

export const status: Answer<'status'> = z
  .object({
    products: z.object({ waiting: z.int(), ready: z.int(), failed: z.int(), withdrawn: z.int() }),
    models: z.array(
      z.object({
        digest,
        name: z.string(),
        classNames: z.array(z.string()),
        dimensions: z.int(),
        state: z.enum(['active', 'incoming', 'former']),
      }),
    ),
    deadLetters: z.int(),
  })
  .meta({ id: 'CatalogueStatus' });

export const importNumber: Answer<'startImport'> = z.object({ import: z.int() });

export const importProgress: Answer<'importProgress'> = z
  .object({
    read: share.describe('Of the feed.'),
    state: z.enum(['reading', 'read', 'interrupted']),
    error: z.string().describe('Why reading ended early; empty otherwise.'),
    products: z.int(),
    changed: z.int(),
    withdrawn: z.int(),
    problems: z.int(),
    waiting: z.int().describe('Products of the whole catalogue whose pictures are still to be processed.'),
    failed: z.int(),
    isWorking: z
      .boolean()
      .describe('Whether a job is left for those that wait; without one they are in jobs that failed for good.'),
  })
  .meta({ id: 'ImportProgress' });

export const importProblems: Answer<'importProblems'> = z.object({
  problems: z.array(z.object({ line: z.int(), id: z.string(), reason: z.string() }).meta({ id: 'ImportProblem' })),
});

export const deadLetters: Answer<'deadLetters'> = z.object({
  deadLetters: z.array(
    z
      .object({ id: z.uuid(), queue: z.string(), data: z.unknown(), reason: z.string(), at: time })
      .meta({ id: 'DeadLetter' }),
  ),
});

export const retried: Answer<'retry'> = z.object({ retried: z.int() });

export const fileFormats = feedFormats.filter((format) => format !== 'folder');
