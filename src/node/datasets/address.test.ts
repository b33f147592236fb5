import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { address } from './address.ts';
import { fashionMnist } from './manifest.ts';
import { Unreachable } from './remote.ts';

const wanted = [{ name: 't10k-labels-idx1-ubyte', ...fashionMnist.files['t10k-labels-idx1-ubyte'] }] as const;
const timeouts = { firstByte: 200, stall: 200 };

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/`;
}

async function fetchFrom(base: string, signal?: AbortSignal) {
  const progress: unknown[][] = [];
  const onProgress = (...values: unknown[]) => progress.push(values);
  const files = [];
  for await (const file of address(base, timeouts).fetch(wanted, { onProgress, signal })) files.push(file);
  return { files, progress };
}

async function failureOf(base: string): Promise<string> {
  const error = await fetchFrom(base).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Unreachable);
  return (error as Error).message;
}

describe('an address', () => {
  it('yields the files below it and reports the progress', async () => {
    const paths: unknown[] = [];
    const base = await serve((request, response) => {
      paths.push(request.url);
      response.setHeader('content-length', 5).end('hello');
    });
    const { files, progress } = await fetchFrom(base);
    expect(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([[wanted[0].name, 'hello']]);
    expect(paths).toEqual(['/files/t10k-labels-idx1-ubyte.gz']);
    expect(progress.at(-1)).toEqual(['t10k-labels-idx1-ubyte.gz', 5, 5]);
  });

  it('is given up when it accepts the connection and never answers', async () => {
    expect(await failureOf(await serve(() => {}))).toBe('no answer within 0.2 s');
  });

  it('is given up when it sends headers and no content', async () => {
    const base = await serve((_, response) => response.writeHead(200).flushHeaders());
    expect(await failureOf(base)).toBe('no answer within 0.2 s');
  });

  it('is given up when a download stalls', async () => {
    const base = await serve((_, response) => response.setHeader('content-length', 100).write('half'));
    expect(await failureOf(base)).toBe('sent nothing of t10k-labels-idx1-ubyte.gz for 0.2 s');
  });

  it('is given up when the connection breaks off in the middle', async () => {
    const base = await serve((_, response) => {
      response.setHeader('content-length', 100).write('half');
      setTimeout(() => response.destroy(), 50);
    });
    expect(await failureOf(base)).toBe('closed the connection early');
  });

  it('is given up when it answers with an error or refuses the connection', async () => {
    const base = await serve((_, response) => response.writeHead(404).end('no such file'));
    expect(await failureOf(base)).toBe('answered 404 for t10k-labels-idx1-ubyte.gz');
    server!.closeAllConnections();
    await new Promise((resolve) => server!.close(resolve));
    expect(await failureOf(base)).toBe('refuses the connection');
  });

  it('is given up when it sends without end', async () => {
    const base = await serve((_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(32_768)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect(await failureOf(base)).toBe('sends more than t10k-labels-idx1-ubyte.gz can hold');
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const base = await serve(() => controller.abort(new Error('enough')));
    await expect(fetchFrom(base, controller.signal)).rejects.toThrow('enough');
  });
});
