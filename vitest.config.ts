import { defineConfig } from 'vitest/config';

const quick = {
  include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  exclude: ['test/full/**'],
  testTimeout: 60_000,
  maxWorkers: 2,
  // No test changes what its module's others see, and loading everything anew for each file takes half a minute.
  isolate: false,
};

/** `vitest run --mode full`: the checks that need the whole data set and a browser, one file after the other. */
const full = { include: ['test/full/**/*.test.ts'], testTimeout: 300_000, fileParallelism: false };

export default defineConfig(({ mode }) => {
  const chosen = mode === 'full' ? full : quick;
  const expect = { requireAssertions: true };
  return { test: { ...chosen, expect, hookTimeout: chosen.testTimeout, globalSetup: 'test/build.ts' } };
});
