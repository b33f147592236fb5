#!/usr/bin/env node
// Committed, so that npx finds a program in a clone that is not built yet: it would keep a missing one missing after the build.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/node/cli/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(`selvedge: The program is not built; run "npm ci && npm run build" in ${folder} first.\n`);
  process.exitCode = 1;
}
