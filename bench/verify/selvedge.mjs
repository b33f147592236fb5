import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const subset = join(root, 'test/fixtures/fashion-mnist-subset');

/** Runs a program, its progress on our standard error; rejects when it fails. Gives its standard output. */
export function execute(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/** Trains in a process of its own, with all defaults but these; gives the run's record. */
export async function train(options) {
  const output = await execute(process.execPath, ['dist/node/cli/main.js', 'train', '--json', ...options]);
  return JSON.parse(output.trimEnd().split('\n').at(-1));
}

/** Calls with a folder that is gone afterwards. */
export async function withFolder(action) {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-verify-'));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const percent = (share, digits = 2) => `${(share * 100).toFixed(digits)} %`;
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
