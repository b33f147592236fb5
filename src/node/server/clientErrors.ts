import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type FailureBody, type RefusalCode, refusals } from './refusals.ts';

const known: Readonly<Record<string, readonly [RefusalCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['too-slow', 'The request did not arrive whole in time.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The headers have more bytes than this service takes.'],
};

/**
 * Answers what never became a request, on the bare socket, and closes it. Gives the status, or undefined where nothing
 * could be said any more.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  const begun = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent;
  if (error.code === 'ECONNRESET' || !socket.writable || begun) {
    socket.destroy(error);
    return undefined;
  }
  const [code, sentence] = known[error.code ?? ''] ?? ['bad-http', 'The bytes received are no HTTP request.'];
  const { status } = refusals[code];
  const body = JSON.stringify({ error: sentence, code } satisfies FailureBody);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // A client that goes on sending would keep the socket.
  socket.destroySoon();
  return status;
}
