import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium as Debian packages it, or the one that SELVEDGE_CHROMIUM names. */
export function chromiumPath(): string | undefined {
  return process.env['SELVEDGE_CHROMIUM'] ?? places.find((path) => existsSync(path));
}

export function openBrowser(executablePath: string, args: readonly string[] = []): Promise<Browser> {
  // Chromium's own sandbox does not work for root.
  return chromium.launch({ executablePath, args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...args] });
}
