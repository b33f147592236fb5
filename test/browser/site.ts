import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface SiteOptions {
  /** Whether pages may share memory between threads. */
  readonly isolated: boolean;
  /** The folder with the data set's .gz files; the committed subset unless given. */
  readonly data?: URL;
}

/** The built package and the test page, on a free port of this machine. */
export interface Site {
  readonly address: string;
  /** What the page sends back, once. */
  readonly answer: Promise<string>;
  close(): void;
}

export async function openSite({
  isolated,
  data = new URL('../fixtures/fashion-mnist-subset/', import.meta.url),
}: SiteOptions): Promise<Site> {
  const folders: Readonly<Record<string, URL>> = {
    dist: new URL('../../dist/', import.meta.url),
    zod: new URL('../../node_modules/zod/', import.meta.url),
    backbones: new URL('../../backbones/', import.meta.url),
    test: new URL('./', import.meta.url),
    data,
  };
  let answered: (answer: string) => void;
  const answer = new Promise<string>((resolve) => {
    answered = resolve;
  });

  const server = createServer(async (request, response) => {
    const send = (status: number, body: Uint8Array | string, type = 'application/octet-stream') =>
      response.writeHead(status, { ...(isolated && isolation), 'Content-Type': type }).end(body);
    const { pathname } = new URL(request.url!, 'http://site');
    if (request.method === 'POST') {
      answered(await text(request));
      return send(200, '');
    }
    const [, folder, rest] = /^\/(\w+)\/(.*)$/.exec(pathname) ?? [];
    const base = folders[folder ?? ''];
    const bytes = base && (await readFile(new URL(rest!, base)).catch(() => undefined));
    return bytes ? send(200, bytes, types[extname(pathname)]) : send(404, 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
