import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SelvedgeError } from '../../core/errors.ts';
import { type Journal, type JournalLine, readJournal, writeLine } from '../../core/tuning/journal.ts';
import { cannotWrite, makeFolder } from '../runs/writeWhole.ts';

const journalName = 'journal.jsonl';
const lockName = 'lock';

/** An open sweep's folder. */
export interface SweepFolder {
  readonly journal: Journal;
  /** Absolute path of the journal. */
  readonly file: string;
  /** Appends a line and waits until it is on the disk. */
  append(line: JournalLine): Promise<void>;
  close(): Promise<void>;
}

/** Whether there is a sweep in a folder. */
export async function readJournalIn(folder: string): Promise<Journal | undefined> {
  const file = join(folder, journalName);
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new SelvedgeError('missing-file', `${file} cannot be read (${error.message}).`, { cause: error });
  });
  return content && readJournal(content, file);
}

/**
 * Opens a sweep's folder, made if it does not exist, for one process at a time. What was cut at the journal's end is removed.
 * @throws SelvedgeError 'cannot-write'; 'bad-data' for a journal that was changed; 'bad-option' where another process works in it
 */
export async function openSweepFolder(folder: string): Promise<SweepFolder> {
  await makeFolder(folder);
  const lock = join(folder, lockName);
  await takeLock(lock, folder);
  const release = () => rm(lock, { force: true });
  const file = join(folder, journalName);
  try {
    const journal = (await readJournalIn(folder)) ?? { lines: [], bytes: 0, isCut: false };
    if (journal.isCut) await truncate(file, journal.bytes);
    const handle = await open(file, 'a').catch((error: unknown) => {
      throw cannotWrite(file, error);
    });
    let last = Promise.resolve();
    return {
      journal,
      file,
      append(line) {
        last = last.then(async () => {
          await handle.writeFile(writeLine(line));
          await handle.datasync();
        });
        return last.catch((error: unknown) => {
          throw cannotWrite(file, error);
        });
      },
      async close() {
        await last.catch(() => undefined);
        await handle.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A lock names its process; one whose process is gone, or is this one, is left over. */
async function takeLock(lock: string, folder: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(lock, JSON.stringify({ process: process.pid, started: await startOf(process.pid) }), {
        flag: 'wx',
      });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(lock, error);
    }
    const holder = await holderOf(lock);
    if (holder && holder.process !== process.pid && (await isAlive(holder))) {
      throw new SelvedgeError(
        'bad-option',
        `Process ${holder.process} works on the sweep in ${folder}; wait for it, or remove ${lock} if that process is no sweep.`,
      );
    }
    await rm(lock, { force: true });
  }
}

const holderSchema = z.object({ process: z.int().min(1), started: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** @returns undefined where the lock is gone, or was not written to its end */
async function holderOf(lock: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(lock, 'utf8')));
  } catch {
    return undefined;
  }
}

async function isAlive({ process: pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return (await startOf(pid)) === started;
}

/**
 * When a process was started, which distinguishes it from a later one with its number; 'ended' where only its entry is left because
 * its parent has not asked for its status. Empty on other systems than Linux.
 */
async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return '';
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may contain anything. After it come the state, field 3, and in field 22 the time of the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '');
}
