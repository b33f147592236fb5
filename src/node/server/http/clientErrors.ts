import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type FailureBody, type RefusalCode, refusals } from '../errors.ts';

const known: Readonly<Record<string, readonly [RefusalCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['too-slow', 'The request did not arrive whole in time.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The headers have more bytes than this service takes.'],
};

/**
 * Answers what never became a request, on the bare socket, and closes it. Gives the status, or undefined where nothing
 * could be said any more.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy(error);
    return undefined;
  }
  // What came before was a sound request, which is being answered.
  if (answer?.req.complete) {
    answer.shouldKeepAlive = false;
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
