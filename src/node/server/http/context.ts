import type { Limits } from '../limits.ts';
import type { Waiter } from '../scheduling/scheduler.ts';
import type { Role } from './roles.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the first hook. Errors of the framework itself come before it. */
    context: RequestContext;
  }
  interface FastifyContextConfig {
    /** Whether the route answers without an API key. */
    readonly open?: boolean;
    /** The role that the route needs; without one, any key will do. */
    readonly role?: Role;
    /** Whether the body is left to the handler as a stream. */
    readonly streamed?: boolean;
  }
}

/** What is known of one request, from its first header to the end of its answer. */
export interface RequestContext extends Waiter {
  readonly limits: Limits;
  /** The name of its API key; empty where it has none. */
  client: string;
  /** Milliseconds from the whole request to its answer. */
  timeoutMs: number;
  /** Infinite until the request has been received. */
  deadline: number;
  aborted: boolean;
  /** Bytes of its body, which count in the byte budget of all requests. */
  heldBytes: number;
}

/** The context of a request of which only the address and the headers are known. */
export function createContext(limits: Limits, query: unknown): RequestContext {
  const { deadlineMs, explain } = query as Readonly<Record<string, unknown>>;
  return {
    limits,
    client: '',
    timeoutMs: Number(deadlineMs) || defaultTimeout(limits, explain === 'true'),
    deadline: Number.POSITIVE_INFINITY,
    aborted: false,
    heldBytes: 0,
  };
}

/** Starts the time that the answer may take, once the request has been received and its parameters are read. */
export function startTimeout(
  context: RequestContext,
  { deadlineMs, explain = false }: { readonly deadlineMs?: number | undefined; readonly explain?: boolean },
): void {
  context.timeoutMs = deadlineMs ?? defaultTimeout(context.limits, explain);
  context.deadline = performance.now() + context.timeoutMs;
}

function defaultTimeout({ deadlineMs, explainDeadlineMs }: Limits, explain: boolean): number {
  return explain ? explainDeadlineMs : deadlineMs;
}
