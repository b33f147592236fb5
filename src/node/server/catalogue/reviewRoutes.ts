import { reviewInput } from '../../catalogue/operations/products.ts';
import type { AddOperation, Given } from './operationRoutes.ts';
import { fraction, limit, number, offset } from './parameters.ts';
import { doubtful, reviewNumbers, reviews, undone } from './schemas.ts';

/** The name of a request's key; empty where the service has no keys. */
const reviewerOf = ({ request }: Pick<Given<never, never, never>, 'request'>): string =>
  request.context.client || 'without a key';

/** `/v1/catalogue/doubtful` and `/v1/catalogue/reviews` */
export function reviewRoutes(add: AddOperation): void {
  add({
    method: 'GET',
    url: '/v1/catalogue/doubtful',
    summary: 'Products whose category a person should look at',
    description: 'Those without a review: out-of-distribution ones first, then by rising confidence.',
    role: 'read',
    query: { limit, offset, below: fraction(0, 1).default(1).describe('Those with at most this confidence.') },
    operation: 'doubtful',
    input: ({ query }) => query,
    answer: 'The products.',
    json: doubtful,
  });
  add({
    method: 'GET',
    url: '/v1/catalogue/reviews',
    summary: "Each product's last review, the newest first",
    role: 'read',
    query: { limit, offset },
    operation: 'reviews',
    input: ({ query }) => query,
    answer: 'The reviews that are not undone.',
    json: reviews,
  });
  add({
    method: 'POST',
    url: '/v1/catalogue/reviews',
    summary: 'Say what products are',
    description: "The reviewer is the key's name. All are recorded, or none where one names no product or category.",
    role: 'review',
    body: reviewInput.omit({ reviewer: true }),
    operation: 'review',
    input: (given) => ({ ...given.body, reviewer: reviewerOf(given) }),
    answer: 'The numbers of the reviews.',
    json: reviewNumbers,
  });
  add({
    method: 'POST',
    url: '/v1/catalogue/reviews/:id/undo',
    summary: 'Undo a review',
    role: 'review',
    path: { id: number.describe("The review's number.") },
    operation: 'undo',
    input: (given) => ({ review: given.path.id, reviewer: reviewerOf(given) }),
    answer: 'What it had said.',
    json: undone,
    isLookup: true,
  });
}
