import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, type WritingFileSystem, writeFilesWhole, writeFileWhole } from './writeWhole.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-write-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A disk on which `step` fails with `code`, after half of the content was written. */
function failingAt(step: 'write' | 'sync' | 'close' | 'rename', code: string): WritingFileSystem {
  const fail = () => Promise.reject(Object.assign(new Error(code), { code }));
  return {
    async open(path, flags) {
      const handle = await open(path, flags);
      return {
        async writeFile(content) {
          await handle.writeFile(content.slice(0, step === 'write' ? content.length / 2 : content.length));
          if (step === 'write') await fail();
        },
        sync: () => (step === 'sync' ? fail() : handle.sync()),
        async close() {
          await handle.close();
          if (step === 'close') await fail();
        },
      };
    },
    rename: step === 'rename' ? fail : rename,
    unlink,
  };
}

describe('writeFileWhole', () => {
  it('writes bytes and text, replaces what was there and leaves nothing else behind', async () => {
    const path = join(folder, 'model');
    await writeFileWhole(path, 'first');
    await writeFileWhole(path, new Uint8Array([1, 2, 3]));
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array([1, 2, 3]));
    expect(await readdir(folder)).toEqual(['model']);
  });

  it.each(['write', 'sync', 'close', 'rename'] as const)(
    'keeps the earlier file when %s meets a full disk',
    async (step) => {
      const path = join(folder, 'model');
      await writeFile(path, 'earlier');
      await expect(writeFileWhole(path, 'a longer, later one', failingAt(step, 'ENOSPC'))).rejects.toMatchObject({
        code: 'cannot-write',
        message: `Cannot write ${path}: the disk is full; free some space or choose another folder.`,
      });
      expect(await readFile(path, 'utf8')).toBe('earlier');
      expect(await readdir(folder)).toEqual(['model']);
    },
  );

  it.each([
    ['EACCES', 'permission is denied'],
    ['EROFS', 'read-only'],
    ['ENAMETOOLONG', 'too long'],
    ['EIO', 'EIO; choose another place'],
  ])('says what %s means', async (code, words) => {
    await expect(writeFileWhole(join(folder, 'a'), 'x', failingAt('sync', code))).rejects.toThrow(words);
  });

  it('says when a folder is missing, when it is a file, and when the name is taken by a folder', async () => {
    await expect(writeFileWhole(join(folder, 'no', 'a'), 'x')).rejects.toThrow('the folder does not exist');
    await writeFile(join(folder, 'file'), '');
    await expect(writeFileWhole(join(folder, 'file', 'a'), 'x')).rejects.toThrow('is a file, not a folder');
    await mkdir(join(folder, 'taken'));
    await expect(writeFileWhole(join(folder, 'taken'), 'x')).rejects.toThrow('a folder of this name exists');
  });

  it('follows a link instead of replacing it, and refuses a device', async () => {
    await writeFile(join(folder, 'target'), 'old');
    await symlink('target', join(folder, 'link'));
    await writeFileWhole(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('new');
    await symlink('/dev/null', join(folder, 'device'));
    await expect(writeFileWhole(join(folder, 'device'), 'x')).rejects.toThrow('no ordinary file');
  });
});

describe('writeFilesWhole', () => {
  const contents = (...texts: string[]) =>
    texts.map((text) => ({ path: join(folder, text), content: new TextEncoder().encode(text) }));

  beforeEach(() => mkdir(join(folder, 'temporary')));

  it('writes all files and leaves nothing else behind', async () => {
    await writeFilesWhole(contents('first', 'second'), join(folder, 'temporary'));
    expect(await readFile(join(folder, 'second'), 'utf8')).toBe('second');
    expect((await readdir(folder)).sort()).toEqual(['first', 'second', 'temporary']);
    expect(await readdir(join(folder, 'temporary'))).toEqual([]);
    await writeFilesWhole([], join(folder, 'temporary'));
  });

  it.each(['write', 'sync', 'close', 'rename'] as const)('writes none when %s meets a full disk', async (step) => {
    const failure = writeFilesWhole(contents('first', 'second'), join(folder, 'temporary'), failingAt(step, 'ENOSPC'));
    await expect(failure).rejects.toMatchObject({
      code: 'cannot-write',
      message: `Cannot write ${join(folder, 'first')}: the disk is full; free some space or choose another folder.`,
    });
    expect(await readdir(folder, { recursive: true })).toEqual(['temporary']);
  });

  it('flushes every file before the first gets its name', async () => {
    const steps: string[] = [];
    await writeFilesWhole(contents('first', 'second', 'third'), join(folder, 'temporary'), {
      async open() {
        steps.push('open');
        return {
          writeFile: async () => {},
          sync: async () => {
            steps.push('sync');
          },
          close: async () => {},
        };
      },
      async rename(_, to) {
        steps.push(to.slice(folder.length + 1));
      },
      unlink: async () => {},
    });
    expect(steps).toEqual(['open', 'open', 'open', 'sync', 'sync', 'sync', 'first', 'second', 'third']);
  });
});

describe('makeFolder', () => {
  it('makes every folder of a path, and says when a file is in the way', async () => {
    await makeFolder(join(folder, 'a', 'b'));
    await makeFolder(join(folder, 'a', 'b'));
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('a file stands where the folder should be');
    await expect(makeFolder(join(folder, 'file', 'b'))).rejects.toThrow('is a file, not a folder');
    await expect(makeFolder(join(folder, 'file', 'b', 'c'))).rejects.toThrow('is a file, not a folder');
  });

  it('follows a link to a folder, and refuses one that leads nowhere', async () => {
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    await makeFolder(join(folder, 'link', 'a'));
    expect(await readdir(join(folder, 'real'))).toEqual(['a']);
    await symlink('nothing', join(folder, 'dangling'));
    await expect(makeFolder(join(folder, 'dangling'))).rejects.toThrow('a file stands where the folder should be');
  });

  it('makes one folder when several ask for it together', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolder(join(folder, 'a', 'b', String(i % 2)))));
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['0', '1']);
  });

  it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y'])('refuses %s at once', async (path) => {
    await expect(makeFolder(path)).rejects.toMatchObject({
      code: 'cannot-write',
      message: `Cannot write ${path}: no folder can be made there; choose another path.`,
    });
  });
});
