import { sha256 } from '../core/bytes.ts';
import type { Engine } from '../core/engine/start.ts';
import { SelvedgeError } from '../core/errors.ts';
import { createWebWorkerTeam } from './workers/team.ts';

const loaded = new Map<string, Promise<Engine>>();

async function load(url: string): Promise<Engine> {
  const missing = (reason: string, cause?: unknown) =>
    new SelvedgeError('missing-file', `The engine ${url} cannot be loaded (${reason}); serve kernels.wasm there.`, {
      cause,
    });
  const response = await fetch(url).catch((cause: unknown) => {
    throw missing(cause instanceof Error ? cause.message : 'no answer', cause);
  });
  if (!response.ok) throw missing(`status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const module = await WebAssembly.compile(bytes).catch((cause: Error) => {
    throw missing(cause.message, cause);
  });
  return { module, createTeam: createWebWorkerTeam, wasmSha256: await sha256(bytes) };
}

/**
 * The engine on Web Workers, fetched and compiled once for each address. The page must come from https or this machine,
 * as digests need it.
 * @param wasmUrl where `kernels.wasm` is; beside this package's built files unless given
 * @throws SelvedgeError 'missing-file' when there is no engine
 */
export function webEngine(wasmUrl: string | URL = new URL('../kernels.wasm', import.meta.url)): Promise<Engine> {
  const { href } = new URL(wasmUrl, globalThis.location?.href);
  const known = loaded.get(href);
  if (known) return known;
  const engine = load(href);
  loaded.set(href, engine);
  // A failure is not kept: the next call tries again.
  engine.catch(() => loaded.delete(href));
  return engine;
}
