import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('every mutation has its place in the code', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'test/mutations/run.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it('every test file has a mutation', () => {
  const text = readFileSync(join(root, 'test/mutations/mutations.json'), 'utf8');
  const covered = new Set((JSON.parse(text) as readonly { readonly test?: string }[]).map(({ test }) => test));
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: 'utf8', recursive: true })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/full/')),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => !covered.has(file))).toEqual([]);
});
