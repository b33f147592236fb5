import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/cli/selvedge.ts';
import { builtFile } from '../../builtFile.ts';
import { type FolderLock, type LockHolder, lockFolder, readHolder } from './folderLock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'lock.json');
});

const lockOf = () => JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
/** Leaves a lock as another process would have written it. */
const leave = (changes: Partial<LockHolder>, name = file) =>
  writeFileSync(
    name,
    JSON.stringify({
      id: 'other',
      pid: 4_190_000,
      started: '1',
      host: hostname(),
      command: 'selvedge serve',
      since: '2026-01-01T00:00:00.000Z',
      server: null,
      ...changes,
    } satisfies LockHolder),
  );
const ownStart = () =>
  readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[19]!;

test('a second process is refused with a sentence that names the first, until it ends', async () => {
  const lock = await lockFolder(folder, 'selvedge catalogue import');
  await expect(lockFolder(folder, 'another')).rejects.toMatchObject({
    code: 'bad-option',
    message: `${folder} is in use by 'selvedge catalogue import', process ${process.pid}, since ${lockOf().since}; wait until it ends, or stop it.`,
  });
  expect((await readHolder(folder))?.command).toBe('selvedge catalogue import');
  await lock.release();
  expect([await readHolder(folder), readdirSync(folder)]).toEqual([undefined, []]);
  await (await lockFolder(folder, 'another')).release();
});

test('a holder can say where commands reach it, in a file that only its user reads', async () => {
  const lock = await lockFolder(folder, 'selvedge serve');
  const server = { url: 'http://127.0.0.1:1', token: 'secret' };
  await lock.announce(server);
  expect(await readHolder(folder)).toMatchObject({ pid: process.pid, server });
  await expect(lockFolder(folder, 'another')).rejects.toThrow('is in use by');
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each<[string, () => void]>([
  ['of a process that is gone', () => leave({})],
  ['of an earlier process with the number of a living one', () => leave({ pid: process.pid, started: '1' })],
  [
    'of a process on another machine that is silent for a minute',
    () => {
      leave({ host: 'elsewhere' });
      utimesSync(file, new Date(), new Date(Date.now() - 60_000));
    },
  ],
  ['that is damaged', () => writeFileSync(file, '{"pid":')],
  [
    'of a process that died as it took over from another dead one',
    () => {
      leave({});
      leave({}, `${file}.takeover`);
      leave({}, `${file}.takeover.takeover`);
    },
  ],
])('a lock %s is taken over', async (_, before) => {
  before();
  expect(await readHolder(folder)).toBeUndefined();
  const lock = await lockFolder(folder, 'next');
  expect(lockOf()).toMatchObject({ pid: process.pid, command: 'next' });
  await lock.release();
  expect(readdirSync(folder).filter((name) => name === 'lock.json')).toEqual([]);
});

test.each<[string, () => Partial<LockHolder>, string]>([
  [
    'of a process on another machine that has shown itself',
    () => ({ host: 'elsewhere' }),
    'process 4190000 on elsewhere,',
  ],
  ['of another living process', () => ({ pid: process.pid, started: ownStart() }), `process ${process.pid},`],
])('a lock %s is respected', async (_, changes, words) => {
  leave(changes());
  await expect(lockFolder(folder, 'next')).rejects.toThrow(words);
  expect(lockOf().id).toBe('other');
});

test('what was lost to another machine is not removed', async () => {
  const lock = await lockFolder(folder, 'asleep');
  rmSync(file);
  leave({ host: 'elsewhere' });
  await lock.release();
  expect(lockOf().host).toBe('elsewhere');
});

test("of 6 that take a dead process's folder at once exactly one gets it, 60 times", async () => {
  for (let round = 0; round < 60; round++) {
    leave({});
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, (_, i) => lockFolder(folder, `taker ${i}`)));
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    expect(refused.filter((message) => !message.includes('is in use by'))).toEqual([]);
    expect(locks).toHaveLength(1);
    await Promise.all(locks.map((lock: FolderLock) => lock.release()));
  }
});

test('the same of 4 processes, 3 times', async () => {
  const script = `
    import { lockFolder } from ${JSON.stringify(builtFile('node/catalogue/database/folderLock.js').href)};
    process.stdin.setEncoding('utf8').on('data', async () => {
      try { await lockFolder(process.argv[1], 'taker'); console.log('got it'); }
      catch (error) { console.log(error.code === 'bad-option' ? 'refused' : String(error)); }
    });
    console.log('ready');`;
  for (let round = 0; round < 3; round++) {
    leave({});
    const takers = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let text = '';
      const said = (count: number) =>
        new Promise<string>((resolve) => {
          const check = () => {
            const lines = text.trim().split('\n');
            if (text !== '' && lines.length >= count) resolve(lines[count - 1]!);
          };
          child.stdout.setEncoding('utf8').on('data', (part: string) => {
            text += part;
            check();
          });
          check();
        });
      return { child, said };
    });
    await Promise.all(takers.map(({ said }) => said(1)));
    for (const { child } of takers) child.stdin.write('go\n');
    const answers = await Promise.all(takers.map(({ said }) => said(2)));
    for (const { child } of takers) child.kill('SIGKILL');
    await Promise.all(takers.map(({ child }) => new Promise((ended) => child.on('close', ended))));
    expect(answers.sort()).toEqual(['got it', 'refused', 'refused', 'refused']);
  }
});

test('a folder in which nothing can be written is a sentence', async () => {
  await expect(lockFolder(join(folder, 'none'), 'x')).rejects.toMatchObject({ code: 'cannot-write' });
});
