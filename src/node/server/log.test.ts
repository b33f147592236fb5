import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLogStream } from './log.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'selvedge-log-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it('writes lines to a file in their order', async () => {
  const file = join(folder(), 'log');
  const descriptor = openSync(file, 'a');
  onTestFinished(() => closeSync(descriptor));
  const log = createLogStream(descriptor);
  for (let n = 0; n < 100; n++) log.write(`${n}\n`);
  await log.flush();
  expect(readFileSync(file, 'utf8')).toBe(Array.from({ length: 100 }, (_, n) => `${n}\n`).join(''));
});

it('flushing ends although the pipe is not read, and no line is lost once it is', async () => {
  const pipe = join(folder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, 'w');
  onTestFinished(() => [reader, writer].forEach(closeSync));
  const log = createLogStream(writer);
  const line = `${'x'.repeat(999)}\n`;
  for (let n = 0; n < 1000; n++) log.write(line);
  await log.flush();
  let bytes = 0;
  const chunk = Buffer.alloc(65_536);
  while (bytes < 1_000_000) {
    try {
      bytes += readSync(reader, chunk);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  expect(bytes).toBe(1_000_000);
});
