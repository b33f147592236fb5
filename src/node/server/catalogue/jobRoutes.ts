import { z } from 'zod';
import type { AddOperation } from './operationRoutes.ts';
import { deadLetters, retried, status } from './schemas.ts';

/** `/v1/catalogue/status` and `/v1/catalogue/dead-letters` */
export function jobRoutes(add: AddOperation): void {
  add({
    method: 'GET',
    url: '/v1/catalogue/status',
    summary: 'How far the catalogue is, and its models',
    role: 'read',
    operation: 'status',
    input: () => ({}),
    answer: 'Counts of products, and models.',
    json: status,
  });
  add({
    method: 'GET',
    url: '/v1/catalogue/dead-letters',
    summary: 'Jobs that failed for good',
    role: 'read',
    operation: 'deadLetters',
    input: () => ({}),
    answer: 'The jobs, with the products that they name.',
    json: deadLetters,
  });
  add({
    method: 'POST',
    url: '/v1/catalogue/dead-letters/retry',
    summary: 'Try them again',
    description: 'Those that `ids` names, or all with `{}`.',
    role: 'admin',
    body: z.strictObject({ ids: z.array(z.uuid()).min(1).max(10_000).optional() }),
    operation: 'retry',
    input: ({ body }) => body,
    answer: 'How many were found.',
    json: retried,
  });
}
