import { connect } from 'node:net';

/** The bytes of a request. */
export function requestBytes(path, body, headers = {}, method = 'POST') {
  const lines = Object.entries({ Host: 'bench', 'Content-Length': body.length, ...headers }).map(
    ([k, v]) => `${k}: ${v}`,
  );
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** A form with pictures, and the content type that goes with it. */
export function formOf(pictures) {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n');
  const parts = pictures.flatMap((picture) => [head, picture, Buffer.from('\r\n')]);
  return { body: Buffer.concat([...parts, Buffer.from('--b--\r\n')]), type: 'multipart/form-data; boundary=b' };
}

/**
 * A client with little overhead: raw sockets, one request at a time on each. `ask` uses a free connection or opens one, up to
 * `connections`, and returns undefined where all are busy. Its promise resolves with the status, the headers' text,
 * the milliseconds, and whether a connection that broke had been used before; status 0 is a connection that broke.
 */
export function createClient(port, connections) {
  const free = [];
  let open = 0;
  let closed = false;

  const create = () => {
    open++;
    const socket = connect(port, '127.0.0.1').setNoDelay();
    const line = { socket, answer: undefined, text: '', need: -1, used: false };
    const gone = (error) => {
      if (socket.gone) return;
      socket.gone = true;
      open--;
      const at = free.indexOf(line);
      if (at >= 0) free.splice(at, 1);
      line.answer?.(0, error?.code ?? 'closed');
      socket.destroy();
    };
    socket.on('error', gone);
    socket.on('close', () => gone());
    socket.on('data', (bytes) => {
      line.text += bytes.toString('latin1');
      if (line.need < 0) {
        const end = line.text.indexOf('\r\n\r\n');
        if (end < 0) return;
        line.head = line.text.slice(0, end);
        line.need = end + 4 + Number(/content-length: (\d+)/i.exec(line.head)?.[1] ?? 0);
      }
      if (line.text.length < line.need) return;
      const { head, answer } = line;
      const body = line.text.slice(head.length + 4, line.need);
      Object.assign(line, { text: '', need: -1, answer: undefined, used: true });
      if (closed || /connection: close/i.test(head)) {
        socket.gone = true;
        open--;
        socket.destroy();
      } else free.push(line);
      answer?.(Number(head.slice(9, 12)), head, body);
    });
    return line;
  };

  return {
    ask(bytes) {
      const line = free.pop() ?? (open < connections ? create() : undefined);
      if (!line) return undefined;
      const began = performance.now();
      return new Promise((resolve) => {
        const reused = line.used;
        line.answer = (status, head, body = '') => {
          line.answer = undefined;
          resolve({ status, head, body, reused, ms: performance.now() - began });
        };
        line.socket.write(bytes);
      });
    },
    close() {
      closed = true;
      for (const { socket } of free.splice(0)) socket.destroy();
    },
  };
}

/**
 * Sends requests at a rate that does not depend on the answers: an open loop. Of the requests that are answered with 200, `times` run from when
 * each was due, `ownTimes` from when it was sent. Where no connection is free the request counts as held back.
 */
export async function openLoop(client, bytes, rate, seconds) {
  const began = performance.now();
  const pending = new Set();
  const times = [];
  const ownTimes = [];
  const statuses = {};
  let due = 0;
  let heldBack = 0;
  while (performance.now() - began < seconds * 1000) {
    const upTo = ((performance.now() - began) / 1000) * rate;
    for (; due < upTo; due++) {
      const dueAt = began + (due / rate) * 1000;
      const late = performance.now() - dueAt;
      const asked = client.ask(bytes);
      if (!asked) {
        heldBack++;
        continue;
      }
      const done = asked.then(({ status, ms }) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === 200) {
          times.push(ms + late);
          ownTimes.push(ms);
        }
        pending.delete(done);
      });
      pending.add(done);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  for (const list of [times, ownTimes]) list.sort((a, b) => a - b);
  return { due, heldBack, statuses, times, ownTimes, seconds: (performance.now() - began) / 1000 };
}

/** Each connection sends its next request after the answer to the last: a closed loop. */
export async function closedLoop(client, bytes, connections, seconds) {
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const statuses = {};
  const one = async () => {
    while (performance.now() < until) {
      const { status } = await client.ask(bytes);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) answered++;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { rate: answered / seconds, statuses };
}

export const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
