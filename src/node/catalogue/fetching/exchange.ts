import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { bareHost, portOf } from './checkAddress.ts';

/** Why an address gave no response, to follow the address in a sentence. */
export class NoResponse extends Error {
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.retryable = retryable;
  }
}

export interface ExchangeOptions {
  /** Keeps connections; the checked address is a part of what it finds them by. */
  readonly agent: Agent;
  /** Certificate authorities besides Node's, in PEM. */
  readonly ca: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** For a connection, TLS included, in ms. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
}

/** The most addresses of a host to which a connection is attempted. */
const mostAttempts = 4;

/**
 * Sends a GET request to the first of the addresses that accepts a connection. They are connected to as they are: nothing is resolved
 * here, so that what was checked is what is used.
 * @throws NoResponse, and the signal's reason
 */
export async function exchange(
  url: URL,
  addresses: readonly string[],
  options: ExchangeOptions,
): Promise<IncomingMessage> {
  let failure: unknown;
  for (const address of addresses.slice(0, mostAttempts)) {
    const attempt = await send(url, address, options);
    if ('response' in attempt) return attempt.response;
    options.signal.throwIfAborted();
    failure = attempt.error;
    if (attempt.isStale) {
      const again = await send(url, address, { ...options, agent: false });
      if ('response' in again) return again.response;
      options.signal.throwIfAborted();
      failure = again.error;
    }
    if (attempt.wasConnected) break;
  }
  throw failure instanceof NoResponse ? failure : noResponse(failure);
}

type Attempt =
  | { readonly response: IncomingMessage }
  | {
      readonly error: unknown;
      readonly wasConnected: boolean;
      /** The server closed a kept connection before it saw the request. */
      readonly isStale: boolean;
    };

function send(
  url: URL,
  address: string,
  { agent, ca, headers, connectMs, signal }: Omit<ExchangeOptions, 'agent'> & { agent: Agent | false },
): Promise<Attempt> {
  const isSecure = url.protocol === 'https:';
  const name = bareHost(url);
  return new Promise((resolve) => {
    const request = (isSecure ? httpsRequest : httpRequest)({
      agent,
      host: address,
      port: portOf(url),
      path: url.pathname + url.search,
      headers: { Host: url.host, ...headers },
      signal,
      ...(isSecure && { ca, servername: isIP(name) ? '' : name }),
    });
    let wasConnected = false;
    const timer = setTimeout(
      () => request.destroy(new NoResponse(`did not accept a connection within ${connectMs / 1000} s`, true)),
      connectMs,
    );
    const connected = () => {
      wasConnected = true;
      clearTimeout(timer);
    };
    request.once('socket', (socket: Socket) => {
      if (request.reusedSocket) connected();
      else socket.once(isSecure ? 'secureConnect' : 'connect', connected);
    });
    request.once('response', (response) => resolve({ response }));
    // Also later ones, which the response reports too.
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const isStale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      resolve({ error, wasConnected, isStale });
    });
    request.end();
  });
}

/** What a network's error means. */
export function noResponse(error: unknown): NoResponse {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [words, retryable] = reasonOf(code);
  return new NoResponse(words, retryable, error);
}

function reasonOf(code: string): [words: string, retryable: boolean] {
  switch (code) {
    case 'ENOTFOUND':
      return ['has a name that cannot be resolved: check the name', false];
    case 'EAI_AGAIN':
      return ['has a name that cannot be resolved at present: try again later', true];
    case 'ECONNREFUSED':
      return ['refuses the connection: try again later', true];
    case 'ECONNRESET':
    case 'EPIPE':
      return ['closed the connection early: try again later', true];
  }
  if (code.startsWith('HPE_')) return ['answers with something other than HTTP: check the address', false];
  if (/CERT|SELF_SIGNED|ISSUER/.test(code)) {
    return [`has a certificate that cannot be trusted (${code}): its owner has to renew it`, false];
  }
  if (/SSL|TLS|EPROTO/.test(code)) return ['fails to set up TLS: check the address', false];
  return [`cannot be reached (${code || 'unknown reason'}): try again later`, true];
}
