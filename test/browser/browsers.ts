import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';
import { everythingRequired, requireOrSkip } from '../require.ts';
import { openSite, type SiteOptions } from './site.ts';

const allRequired = process.env['SELVEDGE_REQUIRE'] === 'all';

export interface Browser {
  readonly name: string;
  /** The environment variable that may say where it is, and what it is called on the search path. */
  readonly variable: string;
  readonly commands: readonly string[];
  /** Puts settings in a fresh profile's folder, and gives the arguments that open an address without a window. */
  prepare(profile: string): readonly string[];
}

export const chromium: Browser = {
  name: 'Chromium',
  variable: 'SELVEDGE_CHROMIUM',
  commands: ['chromium', 'chromium-browser', 'google-chrome'],
  prepare: (profile) => [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--no-first-run',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ],
};

export const firefox: Browser = {
  name: 'Firefox',
  variable: 'SELVEDGE_FIREFOX',
  commands: ['firefox-esr', 'firefox'],
  prepare(profile) {
    const quiet = {
      'browser.shell.checkDefaultBrowser': false,
      'browser.startup.homepage_override.mstone': 'ignore',
      'datareporting.policy.dataSubmissionEnabled': false,
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    };
    const lines = Object.entries(quiet).map(
      ([key, value]) => `user_pref(${JSON.stringify(key)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
    return ['--headless', '--no-remote', '--profile', profile];
  },
};

/** Where a browser is installed. */
export function pathOf({ variable, commands }: Browser): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const usual = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return process.env[variable] ?? usual.find((path) => existsSync(path));
}

const missing = ({ name, variable, commands }: Browser) =>
  `${name} is not installed (neither ${variable} nor ${commands.join(', ')} on the search path)`;

/**
 * The browsers to test in. One that is missing stays in the list, and its tests are skipped with the reason; only where
 * CI=true Firefox is left out then, since no test may be skipped there. SELVEDGE_REQUIRE=all requires both.
 */
export function browsersToTest(): readonly Browser[] {
  if (!everythingRequired || allRequired || pathOf(firefox)) return [chromium, firefox];
  process.stderr.write(`${missing(firefox)}, so nothing is tested in it.\n`);
  return [chromium];
}

export function needsBrowser(context: TestContext, browser: Browser): void {
  const found = pathOf(browser) !== undefined;
  if (!found && allRequired) throw new Error(`${missing(browser)}, and SELVEDGE_REQUIRE=all`);
  requireOrSkip(context, found, missing(browser));
}

export interface AskOptions extends SiteOptions {
  readonly seconds: number;
}

/** Opens the test page in a browser of its own, and gives what the page answers to the task within a number of seconds. */
export async function ask<Answer>(
  browser: Browser,
  task: object,
  { seconds, ...options }: AskOptions,
): Promise<Answer> {
  const site = await openSite(options);
  const profile = mkdtempSync(join(tmpdir(), 'selvedge-browser-'));
  const page = `${site.address}/test/page.html?${encodeURIComponent(JSON.stringify(task))}`;
  // Its own process group, so that the processes that it starts end with it.
  const child = spawn(pathOf(browser)!, [...browser.prepare(profile), page], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', (status) => reject(new Error(`${browser.name} ended (${status}) without an answer:\n${said}`)));
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`${browser.name} gave no answer within ${seconds} seconds`);
    timer = setTimeout(reject, seconds * 1000, error);
  });
  try {
    return JSON.parse(await Promise.race([site.answer, ended, late]));
  } finally {
    clearTimeout(timer);
    site.close();
    ended.catch(() => {});
    if (child.pid && child.exitCode === null) {
      process.kill(-child.pid, 'SIGKILL');
      await ended.catch(() => {});
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
