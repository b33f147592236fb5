import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type FailureBody, type HttpErrorCode, httpErrors } from '../errors.ts';

const known: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['too-slow', 'The request did not arrive whole in time.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The headers have more bytes than this service takes.'],
};

/**
 * Answers what never became a request, on the bare socket, and closes it.
 * @returns the status; undefined where no answer was possible.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy(error);
    return undefined;
  }
  // The bytes follow a valid request, which is being answered.
  if (answer?.req.complete) {
    answer.shouldKeepAlive = false;
    return undefined;
  }
  const [code, sentence] = known[error.code ?? ''] ?? ['bad-http', 'The bytes received are not an HTTP request.'];
  const { status } = httpErrors[code];
  const body = JSON.stringify({ error: sentence, code } satisfies FailureBody);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // A client that continues to send would keep the socket open.
  socket.destroySoon();
  return status;
}
