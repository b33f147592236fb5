import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The most answers that one connection may wait for: well-behaved clients need fewer. */
const mostWaiting = 64;

/**
 * Reports when a response is closed: sent, or its connection gone. Node emits no `close` for pipelined requests whose
 * turn never came, so the end of a connection closes all that still waits on it.
 */
export interface Connections {
  /** Calls `onClosed` once, later. False where the connection waits for too many answers, and was cut. */
  follow(request: IncomingMessage, response: ServerResponse, onClosed: () => void): boolean;
}

export function createConnections(): Connections {
  const waitingOn = new WeakMap<Socket, Set<ServerResponse>>();
  return {
    follow({ socket }, response, onClosed) {
      let waiting = waitingOn.get(socket);
      if (!waiting) {
        const own = new Set<ServerResponse>();
        waiting = own;
        waitingOn.set(socket, own);
        socket.once('close', () =>
          // Node's own events come first.
          setImmediate(() => {
            for (const left of own) left.emit('close');
          }),
        );
      }
      const all = waiting;
      all.add(response);
      response.once('close', () => {
        all.delete(response);
        onClosed();
      });
      if (all.size <= mostWaiting) return true;
      socket.destroy();
      return false;
    },
  };
}
