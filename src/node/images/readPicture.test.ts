import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readPicture, readPictureWithin } from './readPicture.ts';

const root = mkdtempSync(join(tmpdir(), 'selvedge-read-'));
afterAll(() => rmSync(root, { recursive: true }));

const feed = join(root, 'feed');
for (const folder of ['feed/shoes', 'feed-other', 'outside']) mkdirSync(join(root, folder), { recursive: true });
for (const file of ['feed/a.png', 'feed/shoes/b.png', 'feed/..c.png', 'feed/ü &.png']) {
  writeFileSync(join(root, file), 'inside');
}
for (const file of ['secret.png', 'feed-other/secret.png', 'outside/secret.png']) {
  writeFileSync(join(root, file), 'outside');
}
symlinkSync(join(root, 'outside/secret.png'), join(feed, 'link.png'));
symlinkSync('../outside', join(feed, 'folder'));
symlinkSync('shoes/b.png', join(feed, 'inner.png'));
symlinkSync('nothing.png', join(feed, 'dangling.png'));
symlinkSync('circle.png', join(feed, 'circle.png'));
symlinkSync('feed', join(root, 'linked-feed'));
writeFileSync(join(feed, 'huge.png'), '');
truncateSync(join(feed, 'huge.png'), 200e6 + 1);

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test.each([['a.png'], ['./a.png'], ['shoes/b.png'], ['shoes/../a.png'], ['..c.png'], ['ü &.png'], ['inner.png']])(
  '%s lies in the folder',
  async (path) => {
    expect(text(await readPictureWithin(feed, path))).toBe('inside');
    expect(text(await readPictureWithin(join(root, 'linked-feed'), path))).toBe('inside');
    expect(text(await readPicture(join(feed, path)))).toBe('inside');
  },
);

test.each([
  ['../secret.png', /leads out of the feed's folder/],
  ['../feed-other/secret.png', /leads out/],
  ['shoes/../../secret.png', /leads out/],
  ['../../../../../../../../etc/passwd', /leads out/],
  ['/etc/passwd', /leads out/],
  ['../nothing/at/all', /leads out/],
  ['..', /leads out/],
  ['link.png', /leads out/],
  ['folder/secret.png', /leads out/],
  ['folder', /leads out/],
  ['dangling.png', /does not exist/],
  ['circle.png', /is a link that leads nowhere/],
  ['none.png', /does not exist/],
  ['a.png/b.png', /does not exist/],
  ['', /^'' is no path\.$/],
  ['.', /is no ordinary file/],
  ['shoes', /is no ordinary file/],
  ['huge.png', /has more than 200 MB/],
  ['a.png\0', /^a\.png\? is no path\.$/],
  ['\x1b[31m\na.png', /^\?\[31m\?a\.png does not exist\.$/],
  ['x'.repeat(5_000), /^x{200}… has a name that is too long/],
])('%j is refused, and only the path is named', async (path, message) => {
  const failure = await readPictureWithin(feed, path).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'bad-image', message: expect.stringMatching(message) });
  expect((failure as Error).message).not.toContain(root);
});

test.runIf(process.platform !== 'win32')('a pipe is refused at once', async () => {
  execFileSync('mkfifo', [join(feed, 'pipe.png')]);
  await expect(readPictureWithin(feed, 'pipe.png')).rejects.toThrow('pipe.png is no ordinary file.');
  await expect(readPicture(join(feed, 'pipe.png'))).rejects.toThrow(/is no ordinary file\.$/);
});

test('no path made of steps up, links and names reads a file outside', async () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    'feed',
    'feed-other',
    'outside',
    'folder',
    'shoes',
    'secret.png',
    'a.png',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 7 }), async (parts) => {
      const bytes = await readPictureWithin(feed, parts.join('/')).catch(() => undefined);
      if (bytes) expect(text(bytes)).toBe('inside');
    }),
    { numRuns: 500, seed: 1 },
  );
});
