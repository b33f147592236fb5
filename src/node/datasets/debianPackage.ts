import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../runs/writeWhole.ts';
import { type FetchedFile, type Remote, Unreachable } from './remote.ts';
import { runTool } from './runTool.ts';

/**
 * Files inside a package of Debian and Ubuntu, downloaded from the system's configured mirrors and unpacked
 * without installation. Lists and archives are written to a temporary folder, so that no system privileges are needed.
 *
 * @param folder the folder of the files in the package, relative to the root, each as `<name>.gz`.
 * @see apt-get(8), apt.conf(5)
 */
export function debianPackage(packageName: string, folder: string): Remote {
  return {
    name: `this system's package mirror (${packageName})`,
    async *fetch(wanted, { onProgress, signal }): AsyncGenerator<FetchedFile> {
      const work = await mkdtemp(join(tmpdir(), 'selvedge-apt-'));
      try {
        const options = await aptOptions(work);
        onProgress('package lists', 0, undefined);
        // One unavailable third-party list fails the update and leaves the others usable, so only the download decides.
        const fault = await runTool('apt-get', [...options, 'update'], { cwd: work, signal }).then(
          () => undefined,
          (error: unknown) => error,
        );
        const archive = `${packageName}.deb`;
        await runTool('apt-get', [...options, '-o', 'APT::Status-Fd=3', 'download', packageName], {
          cwd: work,
          signal,
          ...progressReader((received, total) => onProgress(archive, received, total)),
        }).catch((error: unknown) => {
          throw fault ?? error;
        });
        await runTool('dpkg-deb', ['-x', await archiveIn(work), join(work, 'unpacked')], { cwd: work, signal });
        for (const { name } of wanted) {
          yield { name, bytes: await readFile(join(work, 'unpacked', folder, `${name}.gz`)) };
        }
      } finally {
        await rm(work, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}

/** Without the system's own hooks, which assume root. */
const withoutHooks = `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`;

async function aptOptions(work: string): Promise<string[]> {
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  await makeFolder(join(lists, 'partial'));
  await makeFolder(join(cache, 'archives', 'partial'));
  await writeFile(join(work, 'apt.conf'), withoutHooks);
  const settings = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    'Acquire::Languages=none',
    'Acquire::Retries=0',
    'Acquire::http::Timeout=10',
    'Acquire::https::Timeout=10',
    // As root, apt would fetch as the user _apt, who may not write to our folder.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ];
  return ['--quiet', '--config-file', join(work, 'apt.conf'), ...settings.flatMap((setting) => ['-o', setting])];
}

/** The size is in a line of the output ("Get:1 … [30.9 MB]"), the share received so far in the status lines. */
function progressReader(onProgress: (received: number, total: number) => void) {
  let total: number | undefined;
  return {
    onOutput(line: string) {
      const size = /\[([\d.]+) ([kMG]?)B\]$/.exec(line);
      if (size) total = Number(size[1]) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[size[2] as '' | 'k' | 'M' | 'G'];
    },
    onStatus(line: string) {
      const percent = /^dlstatus:\d+:([\d.]+):/.exec(line);
      if (percent && total !== undefined) onProgress((Number(percent[1]) / 100) * total, total);
    },
  };
}

async function archiveIn(folder: string): Promise<string> {
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Unreachable('apt-get ended without the package');
  return join(folder, archive);
}
