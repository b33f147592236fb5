import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import type { CatalogueService, InputOf, OperationName, OutputOf } from '../../catalogue/operations/service.ts';
import { type HttpErrorCode, httpError } from '../errors.ts';
import type { Role } from '../http/roles.ts';
import { bodyOf, mediaType, type Operation, type Routes, type Schemas, sendJson } from '../http/routes.ts';
import { type MostBytes, readJson } from '../protocols/json.ts';
import { createParameters, quoted } from '../protocols/parameters.ts';

/** As many as ten thousand corrections have. */
const mostBytes: MostBytes = { ',': 50_000, '[': 1000, '{': 20_000, '"': 100_000 };

type Values<S extends Schemas> = Readonly<z.infer<z.ZodObject<S>>>;

/** What a request says, read by the route's schemas. */
export interface Given<P extends Schemas, Q extends Schemas, B> {
  readonly path: Values<P>;
  readonly query: Values<Q>;
  readonly body: B;
  readonly request: FastifyRequest;
}

/** How the API names an operation of the catalogue. */
export interface OperationRoute<
  Name extends OperationName,
  P extends Schemas,
  Q extends Schemas,
  B,
  Shown = OutputOf<Name>,
> extends Pick<Operation, 'method' | 'url' | 'summary' | 'description'> {
  readonly role: Role;
  /** The parameters in the address. */
  readonly path?: P;
  readonly query?: Q;
  /** JSON; without it the route takes no body. */
  readonly body?: z.ZodType<B>;
  readonly operation: Name;
  readonly input: (given: Given<P, Q, B>) => InputOf<Name>;
  readonly answer: string;
  readonly json: z.ZodType<Shown>;
  /** What is answered of the operation's output; undefined where there is no such thing. */
  readonly show?: (output: OutputOf<Name>) => Shown | undefined;
  /** Whether an operation that refuses its input says that what the address names is not there. */
  readonly isLookup?: boolean;
}

export type AddOperation = <
  Name extends OperationName,
  P extends Schemas = Record<never, never>,
  Q extends Schemas = Record<never, never>,
  B = undefined,
  Shown = OutputOf<Name>,
>(
  route: OperationRoute<Name, P, Q, B, Shown>,
) => void;

/** Returns what adds a route to an operation. */
export function operationRoutes(routes: Routes, { operations }: CatalogueService): AddOperation {
  return ({ operation, input, answer, json, show, isLookup = false, path, query, body, ...described }) => {
    const parameters = createParameters(query ?? ({} as NonNullable<typeof query>));
    const errors: HttpErrorCode[] = [
      ...(path || query ? (['bad-parameter'] as const) : []),
      ...(body ? (['bad-json', 'empty-body', 'body-too-large', 'unsupported-body'] as const) : []),
      ...(isLookup ? (['unknown-item'] as const) : []),
      'not-possible',
      'store-failed',
    ];
    routes.add(
      {
        ...described,
        tag: 'Catalogue',
        answer: { description: answer, json },
        errors,
        ...(path && { path }),
        ...(query && { query }),
        ...(body && { body: { 'application/json': body } }),
      },
      async (request, reply) => {
        const given = {
          path: readPath(path ?? ({} as NonNullable<typeof path>), request.params),
          query: parameters.read(request.query),
          body: (body && readBody(body, request)) as never,
          request,
        };
        const output = await answering(() => run(operations[operation], input(given)), isLookup);
        const shown = show ? show(output as never) : output;
        if (shown === undefined) throw httpError('unknown-item', 'The catalogue has nothing of this name.');
        return sendJson(reply, shown);
      },
    );
  };
}

/** An operation on what came from outside. */
export async function run(
  { input: schema, run: operation }: CatalogueService['operations'][OperationName],
  input: unknown,
): Promise<unknown> {
  return (operation as (input: unknown) => Promise<unknown>)(schema.parse(input));
}

/**
 * Answers a refusal of the catalogue with its sentence. What is neither that nor a fault of its surroundings is a defect.
 * @throws HttpError
 */
export async function answering<T>(work: () => Promise<T>, isLookup = false): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof z.ZodError) {
      const [{ path, message }] = error.issues as [z.core.$ZodIssue];
      throw httpError('bad-parameter', `${path.join('.') || 'The request'} cannot be used: ${message}; see /docs.`);
    }
    if (isFault(error)) {
      const sentence = 'The database, its disk or a worker of the catalogue failed; the log has the details.';
      throw httpError('store-failed', sentence, { cause: error });
    }
    if (!(error instanceof SelvedgeError)) throw error;
    throw httpError(isLookup || error.code === 'missing-file' ? 'unknown-item' : 'not-possible', error.message);
  }
}

/** Whether the request is not to blame: it may succeed later, unchanged. */
function isFault(error: unknown): boolean {
  if (error instanceof SelvedgeError) return error.code === 'cannot-write' || error.code === 'worker-failed';
  const { code } = error as { code?: unknown };
  // Of the system, and of PostgreSQL: connections, resources, the operator's intervention, input and output.
  return typeof code === 'string' && /^(ENOSPC|EDQUOT|EROFS|EIO|ECONN\w+|EPIPE|08...|53...|57P..|58...)$/.test(code);
}

/** @throws HttpError 'bad-parameter' */
export function readPath<P extends Schemas>(schemas: P, params: unknown): Values<P> {
  const values = Object.entries(schemas).map(([name, schema]) => {
    const text = (params as Record<string, string>)[name]!;
    const { data, error } = schema.safeParse(text);
    if (!error) return [name, data];
    const sentence = `${quoted(text)} in the address should be ${error.issues[0]!.message}.`;
    throw httpError('bad-parameter', sentence);
  });
  return Object.fromEntries(values);
}

/**
 * Other content types are refused: a page of another site can send those without asking.
 * @throws HttpError
 */
function readBody<B>(schema: z.ZodType<B>, request: FastifyRequest): B {
  const bytes = bodyOf(request);
  if (bytes.length > 0 && mediaType(request.headers['content-type'] ?? '') !== 'application/json') {
    throw httpError('unsupported-body', 'Send JSON, with the content type application/json.');
  }
  return readJson(schema, bytes, () => 'bad-json', mostBytes);
}
