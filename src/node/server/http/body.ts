import type { FastifyRequest } from 'fastify';
import { type HttpError, httpError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { RequestContext } from './context.ts';

/** A body up to this size costs little: it is read while larger ones use the whole budget, and before a request is rejected. */
export const smallBody = 64 * 1024;

/** Reads a request's body whole; `done` gets it, or why it cannot be read. */
export type BodyReader = (
  request: FastifyRequest,
  payload: NodeJS.ReadableStream,
  done: (error: Error | null, body?: Buffer) => void,
) => void;

/** Reads bodies into memory, of which all bodies that are being received or answered share a bounded amount. */
export interface ByteBudget {
  /** Reads bodies up to a number of bytes. */
  reader(most: number): BodyReader;
  /** Returns a request's bytes to the budget. */
  release(context: RequestContext): void;
}

export function createByteBudget({ allBodiesBytes }: Limits): ByteBudget {
  let all = 0;
  const release = (context: RequestContext) => {
    all -= context.heldBytes;
    context.heldBytes = 0;
  };

  const reader =
    (most: number): BodyReader =>
    ({ context, headers }, payload, done) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let rejected = false;
      const reject = (error: HttpError) => {
        rejected = true;
        chunks.length = 0;
        release(context);
        done(error);
      };
      if (Number(headers['content-length']) > most) return reject(tooLarge(most));
      // The rest of a rejected body is read and dropped, so that a client that is still sending gets its answer.
      payload.on('data', (chunk: Buffer) => {
        if (rejected) return;
        bytes += chunk.length;
        all += chunk.length;
        context.heldBytes = bytes;
        if (bytes > most) reject(tooLarge(most));
        else if (all > allBodiesBytes && (bytes > smallBody || all > 2 * allBodiesBytes)) reject(overBudget());
        else chunks.push(chunk);
      });
      payload.on('end', () => {
        if (!rejected) done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      });
      payload.on('error', (error) => {
        if (!rejected) done(Object.assign(error, { statusCode: 400 }));
      });
    };
  return { reader, release };
}

function tooLarge(most: number): HttpError {
  const mebibytes = Math.round((most / 2 ** 20) * 10) / 10;
  return httpError(
    'body-too-large',
    `The body has more than the ${mebibytes} MiB that this service takes of its kind: send smaller or fewer images.`,
  );
}

function overBudget(): HttpError {
  return httpError('busy', 'Too many large requests are being received: ask again in a second.', { retryAfterMs: 0 });
}
