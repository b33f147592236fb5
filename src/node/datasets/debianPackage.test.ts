import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { debianPackage } from './debianPackage.ts';
import { fashionMnist } from './manifest.ts';

const wanted = [{ name: 't10k-labels-idx1-ubyte', ...fashionMnist.files['t10k-labels-idx1-ubyte'] }] as const;

const aptGet = `
case "$*" in
  *" update") echo "$*" >"$LOG"; [ -z "$UPDATE_FAILS" ] || { echo 'E: a list is dead' >&2; exit 100; } ;;
  *" download a-package")
    [ -z "$DOWNLOAD_FAILS" ] || { echo 'E: Unable to locate package' >&2; exit 100; }
    echo 'Get:1 http://mirror.example bookworm/main all a-package 1.0 [2.5 kB]'
    sleep 0.1
    echo 'dlstatus:1:40:Retrieving file 1 of 1' >&3
    : >a-package_1.0_all.deb ;;
esac`;
const dpkgDeb = `mkdir -p "$3/usr/share/set"; printf content >"$3/usr/share/set/t10k-labels-idx1-ubyte.gz"`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-debian-'));
  await mkdir(join(folder, 'tmp'));
  vi.stubEnv('TMPDIR', join(folder, 'tmp'));
  vi.stubEnv('LOG', join(folder, 'log'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Puts stand-ins before the system's tools, so that nothing is fetched. */
async function installTools(): Promise<void> {
  const tools = join(folder, 'bin');
  await mkdir(tools);
  for (const [name, script] of [
    ['apt-get', aptGet],
    ['dpkg-deb', dpkgDeb],
  ] as const) {
    await writeFile(join(tools, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(tools, name), 0o755);
  }
  vi.stubEnv('PATH', `${tools}:/usr/bin:/bin`);
}

async function fetchPackage() {
  const progress: unknown[][] = [];
  const onProgress = (...values: unknown[]) => progress.push(values);
  const files = [];
  for await (const { name, bytes } of debianPackage('a-package', 'usr/share/set').fetch(wanted, {
    onProgress,
    signal: undefined,
  })) {
    files.push([name, Buffer.from(bytes).toString()]);
  }
  return { files, progress };
}

describe.skipIf(process.platform === 'win32')('a Debian package', () => {
  it('is fetched, unpacked and cleaned away', async () => {
    await installTools();
    const { files, progress } = await fetchPackage();
    expect(files).toEqual([['t10k-labels-idx1-ubyte', 'content']]);
    expect(progress).toEqual([
      ['package lists', 0, undefined],
      ['a-package.deb', 1000, 2500],
    ]);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('is fetched although one list could not be updated', async () => {
    await installTools();
    vi.stubEnv('UPDATE_FAILS', 'yes');
    expect((await fetchPackage()).files).toHaveLength(1);
  });

  it('is unreachable, with apt’s own words, when the mirror lacks it', async () => {
    await installTools();
    vi.stubEnv('DOWNLOAD_FAILS', 'yes');
    await expect(fetchPackage()).rejects.toThrow('apt-get failed (E: Unable to locate package)');
    vi.stubEnv('UPDATE_FAILS', 'yes');
    await expect(fetchPackage()).rejects.toThrow('apt-get failed (E: a list is dead)');
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('is unreachable where there is no apt', async () => {
    vi.stubEnv('PATH', folder);
    await expect(fetchPackage()).rejects.toThrow('there is no apt-get on this machine');
  });
});
