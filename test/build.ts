import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Whole-program tests run against the build, and worker threads cannot run TypeScript, so it is brought up to date first. */
export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
}
