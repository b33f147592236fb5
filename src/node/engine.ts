import { readFile } from 'node:fs/promises';
import { sha256 } from '../core/bytes.ts';
import type { Engine } from '../core/engine/start.ts';
import { compileEngine } from '../core/engine/wasm.ts';
import { SelvedgeError } from '../core/errors.ts';
import { builtFile } from './builtFile.ts';
import { createWorkerTeam } from './workers/team.ts';

let loaded: Promise<Engine> | undefined;

async function load(): Promise<Engine> {
  const file = builtFile('kernels.wasm');
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SelvedgeError('missing-file', `The engine ${file.pathname} is missing; build it with: npm run build`, {
      cause,
    });
  });
  return { module: compileEngine(bytes), createTeam: createWorkerTeam, wasmSha256: await sha256(bytes) };
}

/** The engine on worker threads, compiled once a process. */
export function nodeEngine(): Promise<Engine> {
  loaded ??= load();
  return loaded;
}
