import type { TestContext } from 'vitest';

/** Where every test has to run: there, what is missing fails it. */
export const everythingRequired = process.env['CI'] === 'true';

/** Skips a test, with its reason, on a machine that lacks something; fails it where CI=true. */
export function requireOrSkip(context: TestContext, isThere: boolean, reason: string): void {
  if (isThere) return;
  if (everythingRequired) throw new Error(`${reason}, and with CI=true no test may be skipped`);
  context.skip(reason);
}
