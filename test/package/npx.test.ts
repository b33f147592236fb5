import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { root, start, subset, temporaryFolder } from '../cli/selvedge.ts';

/** A clone without a build, npx in it (offline, with an empty cache of npm's), and the step that builds it. */
function unbuiltClone() {
  const folder = realpathSync(temporaryFolder());
  const clone = join(folder, 'clone');
  mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
  mkdirSync(join(clone, 'sub/folder'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'bin']) {
    cpSync(join(root, file), join(clone, file), { recursive: true });
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(clone, 'node_modules', name));
  }
  // Without what npm sets for this package's scripts.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|config)|INIT_CWD$)/.test(name));
  const path = process.env['PATH']!.split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const env = { ...Object.fromEntries(own), PATH: path.join(delimiter), npm_config_cache: join(folder, 'cache') };
  const npx = (words: readonly string[], cwd = clone) =>
    start('npx', ['--offline', 'selvedge', ...words], { cwd, env }).ended;
  const build = () => {
    for (const file of ['dist', 'node_modules/.bin/selvedge']) {
      cpSync(join(root, file), join(clone, file), { recursive: true, verbatimSymlinks: true });
    }
  };
  return { clone, npx, build };
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

it('npx selvedge runs the program of a clone, offline, in the caller’s folder, also after a try before the build', async () => {
  const { clone, npx, build } = unbuiltClone();
  expect(await npx(['--version'])).toMatchObject({
    status: 1,
    stderr: `selvedge: The program is not built; run "npm ci && npm run build" in ${clone}/ first.\n`,
  });
  build();
  expect(await npx(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  const words = ['data', 'preview', '--data', subset, '--out', 'all.png'];
  const { status, stdout, stderr } = await npx(words, join(clone, 'sub/folder'));
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: `${join(clone, 'sub/folder/all.png')}\n` });
  expect(readdirSync(join(clone, 'sub/folder'))).toEqual(['all.png']);
});

it('also where npx’s cache holds an entry of the clone without a program', async () => {
  const { clone, npx, build } = unbuiltClone();
  const file = join(clone, 'package.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('bin/selvedge.mjs', 'missing.mjs'));
  expect((await npx(['--version'])).status).toBe(127);
  writeFileSync(file, text);
  build();
  expect(await npx(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
});
