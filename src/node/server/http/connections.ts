import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** More answers than these that one connection waits for are no client's that means well. */
const mostWaiting = 64;

/**
 * Tells when an answer is over: sent, or its connection gone. Node's own `close` does not come for pipelined requests whose
 * turn never came, so a connection that ends closes whatever still waits on it.
 */
export interface Pipelines {
  /** Calls `over` once, some time later. False where the connection has asked for too much at once, and was cut. */
  follow(request: IncomingMessage, response: ServerResponse, over: () => void): boolean;
}

export function createPipelines(): Pipelines {
  const waitingOn = new WeakMap<Socket, Set<ServerResponse>>();
  return {
    follow({ socket }, response, over) {
      let waiting = waitingOn.get(socket);
      if (!waiting) {
        const own = new Set<ServerResponse>();
        waiting = own;
        waitingOn.set(socket, own);
        socket.once('close', () =>
          // Node's own come first.
          setImmediate(() => {
            for (const left of own) left.emit('close');
          }),
        );
      }
      const all = waiting;
      all.add(response);
      response.once('close', () => {
        all.delete(response);
        over();
      });
      if (all.size <= mostWaiting) return true;
      socket.destroy();
      return false;
    },
  };
}
