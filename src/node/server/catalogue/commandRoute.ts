import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { commandPath } from '../../catalogue/client.ts';
import type { CatalogueService, OperationName } from '../../catalogue/operations/service.ts';
import { httpError } from '../errors.ts';
import { bodyOf, sendJson } from '../http/routes.ts';
import { type MostBytes, readJson } from '../protocols/json.ts';
import { answering, run } from './operationRoutes.ts';

const commandSchema = z.strictObject({ name: z.string(), input: z.unknown() });
/** Who has the token may do anything; the limit of the body remains. */
const unlimited: MostBytes = { ',': Infinity, '[': Infinity, '{': Infinity, '"': Infinity };

/**
 * Where commands on the folder that this process holds are answered. They find the token in the folder's lock, which only the user
 * who started the server can read. It is not part of the API.
 */
export function commandRoute(app: FastifyInstance, { operations }: CatalogueService, token: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  app.route({
    method: 'POST',
    url: commandPath,
    config: { open: true },
    onRequest: (request, _, done) => {
      if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return done();
      done(httpError('key-unknown', 'This address answers commands that have the token of this server only.'));
    },
    handler: async (request, reply) => {
      const { name, input } = readJson(commandSchema, bodyOf(request), () => 'bad-json', unlimited);
      if (!Object.hasOwn(operations, name)) {
        throw httpError('not-possible', `The server has no operation ${name}: it is of another version of Selvedge.`);
      }
      return sendJson(reply, await answering(() => run(operations[name as OperationName], input)));
    },
  });
}
