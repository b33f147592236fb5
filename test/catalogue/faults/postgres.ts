import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A folder with PostgreSQL's programs, pgvector among its extensions, for tests that stop and start a server of their own. */
export const testPrograms = process.env['SELVEDGE_TEST_POSTGRES'];
export const withoutPrograms = "SELVEDGE_TEST_POSTGRES names no folder with PostgreSQL's programs";

export interface OwnServer {
  readonly address: string;
  /** Stops it as a crash does, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** The server refuses to run as root. */
const ordinary = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

export async function startServer(folder: string, programs = testPrograms!): Promise<OwnServer> {
  const data = join(folder, 'data');
  chmodSync(folder, 0o755);
  mkdirSync(data, { mode: 0o700 });
  if (ordinary.uid !== undefined) chownSync(data, ordinary.uid, ordinary.gid);
  const run = (program: string, ...args: string[]) =>
    new Promise<void>((resolve, reject) => {
      // A server would keep pipes open.
      const child = spawn(join(programs, program), args, { ...ordinary, cwd: '/', stdio: 'ignore' });
      child.on('error', reject);
      child.on('exit', (status) => (status === 0 ? resolve() : reject(new Error(`${program} ended with ${status}`))));
    });
  const port = await freePort();
  await run('initdb', '-D', data, '-U', 'selvedge', '--auth=trust', '-E', 'UTF8', '--no-sync');
  const settings = `-p ${port} -k '' -c listen_addresses=127.0.0.1 -c shared_buffers=32MB -c fsync=off`;
  const control = (...words: string[]) =>
    run('pg_ctl', '-D', data, '-w', '-s', '-o', settings, '-l', join(data, 'log'), ...words);
  await control('start');
  return {
    address: `postgres://selvedge@127.0.0.1:${port}/postgres`,
    crash: async () => void (await control('-m', 'immediate', 'restart')),
    stop: async () => void (await control('-m', 'immediate', 'stop')),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
