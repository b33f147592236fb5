// Compiles the kernels to dist/kernels.wasm and the TypeScript to dist/. Leaves out what has not changed.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

function run(bin, args) {
  const { status } = spawnSync(process.execPath, [bin, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const wasm = 'dist/kernels.wasm';
const newest = Math.max(
  ...readdirSync('kernels', { recursive: true }).map((file) => statSync(`kernels/${file}`).mtimeMs),
);
if (!existsSync(wasm) || statSync(wasm).mtimeMs < newest) {
  mkdirSync('dist', { recursive: true });
  run('node_modules/assemblyscript/bin/asc.js', ['--config', 'asconfig.json']);
}
run('node_modules/typescript/bin/tsc', ['-b', 'src/core', 'src/views', 'src/node', 'src/web']);
cpSync('src/node/catalogue/database/migrations', 'dist/node/catalogue/database/migrations', { recursive: true });
chmodSync('dist/node/cli/main.js', 0o755);

// npx looks here when its cache holds an entry of this folder from before the program existed. Windows needs rights for links.
const link = 'node_modules/.bin/selvedge';
rmSync(link, { force: true });
if (process.platform !== 'win32') symlinkSync('../../bin/selvedge.mjs', link);
