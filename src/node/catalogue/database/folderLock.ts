import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import { cannotWrite } from '../../runs/writeWhole.ts';

const lockName = 'lock.json';
/** How often a holder shows that it lives, and after how long another machine takes it for dead, in milliseconds. */
const beatMs = 5_000;
const deadMs = 30_000;

const holderSchema = z.object({
  id: z.string(),
  pid: z.int(),
  /** Tells a process from a later one with its number; empty where the system does not say. */
  started: z.string(),
  host: z.string(),
  command: z.string(),
  since: z.string(),
  /** Where a server answers the commands of its own machine, and what they show. */
  server: z.object({ url: z.string(), token: z.string() }).nullable(),
});

/** The process that has a folder. */
export type LockHolder = z.infer<typeof holderSchema>;

export interface FolderLock {
  /** Says where commands reach this process. */
  announce(server: NonNullable<LockHolder['server']>): Promise<void>;
  release(): Promise<void>;
}

/** The folder's holder, unless it is dead. */
export async function readHolder(folder: string): Promise<LockHolder | undefined> {
  const file = join(folder, lockName);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const holder = text === undefined ? undefined : parseHolder(text);
  return holder && (await isAlive(holder, file)) ? holder : undefined;
}

/**
 * Takes a folder for this process. The embedded database has no lock of its own, and two processes would damage it.
 * @param command for the sentence that another process shows
 * @throws SelvedgeError 'bad-option' where a living process has it, 'cannot-write'
 */
export async function lockFolder(folder: string, command: string): Promise<FolderLock> {
  const file = join(folder, lockName);
  const holder: LockHolder = {
    id: randomUUID(),
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname(),
    command,
    since: new Date().toISOString(),
    server: null,
  };
  await take(file, holder, folder);
  const timer = setInterval(() => {
    const now = new Date();
    void utimes(file, now, now).catch(() => undefined);
  }, beatMs);
  timer.unref();
  return {
    announce: (server) => replacePrivately(file, JSON.stringify({ ...holder, server })),
    async release() {
      clearInterval(timer);
      // A machine that slept may have lost it.
      const current = parseHolder(await readFile(file, 'utf8').catch(() => ''));
      if (current?.id === holder.id) await unlink(file).catch(() => undefined);
    },
  };
}

async function take(file: string, holder: LockHolder, folder: string): Promise<void> {
  const own = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(own, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    await unlink(own).catch(() => undefined);
    throw cannotWrite(own, error);
  }
  try {
    for (;;) {
      try {
        // Fails where the file exists: of several processes one succeeds.
        await link(own, file);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(file, error);
      }
      if (!(await isLeft(file, folder))) continue;
      // A dead process's file is replaced under a lock of its own: two processes that remove it could each remove the other's instead.
      const takeover = `${file}.takeover`;
      await take(takeover, holder, folder);
      try {
        if (!(await isLeft(file, folder))) continue;
        await rename(own, file);
        return;
      } finally {
        await unlink(takeover).catch(() => undefined);
      }
    }
  } finally {
    await unlink(own).catch(() => undefined);
  }
}

/**
 * @returns whether there is a file, of a dead process
 * @throws SelvedgeError 'bad-option' where its process lives
 */
async function isLeft(file: string, folder: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const other = parseHolder(text);
  if (other && (await isAlive(other, file))) throw held(folder, other);
  return true;
}

function held(folder: string, { pid, host, command, since }: LockHolder): SelvedgeError {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new SelvedgeError(
    'bad-option',
    `${folder} is in use by '${command}', process ${pid}${where}, since ${since}; wait until it ends, or stop it.`,
  );
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, started, host }: LockHolder, file: string): Promise<boolean> {
  if (host !== hostname()) {
    const found = await stat(file).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs < deadMs;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(pid) === started;
}

/** When a process started, in ticks since the system did. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may have spaces.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

async function replacePrivately(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
  await rename(temporary, file);
}
