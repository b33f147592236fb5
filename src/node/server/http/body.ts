import type { FastifyRequest } from 'fastify';
import type { Limits } from '../limits.ts';
import { type Refusal, refuse } from '../errors.ts';

/** A body up to this costs little: it is taken while larger ones hold all the room, and read before anybody is turned away. */
export const smallBody = 64 * 1024;

/** Reads a request's body whole; `done` gets it, or why it cannot be had. */
export type BodyReader = (
  request: FastifyRequest,
  payload: NodeJS.ReadableStream,
  done: (error: Error | null, body?: Buffer) => void,
) => void;

/** Reads bodies into memory, of which all those that are being received or answered share a bounded amount. */
export interface BodyRoom {
  /** Reads bodies of at most so many bytes. */
  reader(most: number): BodyReader;
  /** Gives back what a request's body took. */
  free(request: FastifyRequest): void;
}

export function createBodyRoom({ allBodiesBytes }: Limits): BodyRoom {
  const held = new WeakMap<FastifyRequest, number>();
  let all = 0;
  const free = (request: FastifyRequest) => {
    all -= held.get(request) ?? 0;
    held.delete(request);
  };

  const reader =
    (most: number): BodyReader =>
    (request, payload, done) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let refused = false;
      const refusal = (error: Refusal) => {
        refused = true;
        chunks.length = 0;
        free(request);
        done(error);
      };
      if (Number(request.headers['content-length']) > most) return refusal(tooLarge(most));
      // What comes after a refusal is read and forgotten, so that a client that is still sending gets its answer.
      payload.on('data', (chunk: Buffer) => {
        if (refused) return;
        bytes += chunk.length;
        all += chunk.length;
        held.set(request, bytes);
        if (bytes > most) refusal(tooLarge(most));
        else if (all > allBodiesBytes && (bytes > smallBody || all > 2 * allBodiesBytes)) refusal(noRoom());
        else chunks.push(chunk);
      });
      payload.on('end', () => {
        if (!refused) done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      });
      payload.on('error', (error) => {
        if (!refused) done(Object.assign(error, { statusCode: 400 }));
      });
    };
  return { reader, free };
}

function tooLarge(most: number): Refusal {
  const mebibytes = Math.round((most / 2 ** 20) * 10) / 10;
  return refuse(
    'body-too-large',
    `The body has more than the ${mebibytes} MiB that this service takes of its kind: send smaller or fewer images.`,
  );
}

function noRoom(): Refusal {
  return refuse('busy', 'Too many large requests are being received: ask again in a second.', { retryAfter: 1 });
}
