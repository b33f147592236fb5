import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asked, Classifying } from '../classification.ts';
import type { Served } from '../models/registry.ts';

/** Which model a request asks, and how long it waits. */
export interface Question {
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly milliseconds: number;
}

/**
 * Finds the model that a request asks, names it in the answer, and keeps it until that is there.
 * @throws Refusal 'unknown-model', 'model-not-named', 'unknown-version' or 'not-ready'
 */
export function askModel<T>(
  { registry }: Classifying,
  request: FastifyRequest,
  reply: FastifyReply,
  { model, version, milliseconds }: Question,
  answer: (asked: Asked) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  return registry.use(model, version, (served) => {
    nameModel(reply, served);
    return answer({ served, deadline, gone: () => request.gone });
  });
}

/** Every answer says which model and version gave it. */
export function nameModel(reply: FastifyReply, { name, version }: Served): void {
  reply.header('x-model-name', name);
  reply.header('x-model-version', version);
}

/** The parsers give every body as it came. A request without one has none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return (request.body as Buffer | undefined) ?? Buffer.alloc(0);
}

/** A content type without its parameters. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Sends JSON without looking for a schema. */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}
