import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { HttpErrorCode } from '../errors.ts';
import type { Role } from './roles.ts';

/** Schemas by the name of a parameter or header, or by a body's media type. */
export type Schemas = Readonly<Record<string, z.ZodType>>;

/** What the OpenAPI document says about one address and method. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As Fastify writes it: a path's parameters have a colon. */
  readonly url: string;
  readonly tag: 'Selvedge' | 'Hugging Face' | 'Open Inference Protocol' | 'Catalogue' | 'Operations';
  readonly summary: string;
  readonly description?: string;
  /** Whether it answers without an API key. */
  readonly open?: boolean;
  /** The role that its key needs; without one, any key will do. */
  readonly role?: Role;
  /** Whether the body is left to the handler as a stream. */
  readonly streamed?: boolean;
  /** The parameters in the address; those of models are known. */
  readonly path?: Schemas;
  readonly query?: Schemas;
  readonly headers?: Schemas;
  readonly body?: Schemas;
  readonly answer: Answered;
  /** Answers that fail with a body of their own, by status. */
  readonly failures?: Readonly<Record<number, Answered>>;
  /** How it can fail, beside what any request can meet. */
  readonly errors: readonly HttpErrorCode[];
}

interface Answered {
  readonly description: string;
  /** 200 by default. */
  readonly status?: number;
  /** What is answered as JSON, and as other media types. */
  readonly json?: z.ZodType;
  readonly content?: Schemas;
  readonly headers?: Schemas;
}

/** The most common operation. */
export function get(
  tag: Operation['tag'],
  url: string,
  summary: string,
  answer: Answered,
  more: Partial<Operation> = {},
): Operation {
  return { method: 'GET', tag, url, summary, answer, errors: [], ...more };
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Adds routes, and keeps what the document says about them. */
export interface Routes {
  readonly app: FastifyInstance;
  readonly operations: readonly Operation[];
  add(operation: Operation, handler: Handler): void;
  /** Only for the document: something else answers. */
  describe(operation: Operation): void;
}

export function createRoutes(app: FastifyInstance): Routes {
  const operations: Operation[] = [];
  return {
    app,
    operations,
    add(operation, handler) {
      operations.push(operation);
      const { method, url, open = false, streamed = false, role } = operation;
      app.route({ method, url, config: { open, streamed, ...(role && { role }) }, handler });
    },
    describe: (operation) => void operations.push(operation),
  };
}

/** The body as it came; empty where there is none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return (request.body as Buffer | undefined) ?? Buffer.alloc(0);
}

/** A content type without its parameters. */
export function mediaType(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Sends JSON without Fastify's serialisation. */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}
