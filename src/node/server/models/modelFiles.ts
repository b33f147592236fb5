import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { modelFileName } from '../../models.ts';

/** A model's file at a name and version. */
export interface ModelFile {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  /** Changes when the file does. */
  readonly signature: string;
}

/** A file or folder among the models that is ignored. */
export interface IgnoredFile {
  readonly path: string;
  readonly reason: string;
}

export interface FoundModels {
  readonly files: readonly ModelFile[];
  readonly ignored: readonly IgnoredFile[];
  readonly unreadable: ReadonlySet<string>;
}

const misplaced = 'a model is NAME/model.safetensors or NAME/VERSION/model.safetensors, of letters, digits, . _ and -';
const usable = /^[A-Za-z0-9][\w.-]{0,63}$/;
const versionOrder = new Intl.Collator('en', { numeric: true });

/** Orders versions: 2 before 10, 1.9 before 1.10. */
export const compareVersions = (a: string, b: string): number => versionOrder.compare(a, b);

/**
 * The models at a path, newest version first: a `.safetensors` file or a run's folder is one model of version 1; in any
 * other folder, NAME/model.safetensors is version 1 of NAME, and NAME/VERSION/model.safetensors that version.
 * Names and versions are 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit. `ignored` are models' files
 * elsewhere, folders with other names except hidden ones, and what cannot be read; `unreadable` are the names in whose folders
 * something cannot be read.
 */
export async function findModels(path: string): Promise<FoundModels> {
  const at = resolve(path);
  const ignored: IgnoredFile[] = [];
  const unreadable = new Set<string>();
  const modelAt = async (name: string, version: string, file: string): Promise<ModelFile | undefined> => {
    const entry = await stat(file).catch((error) => unlessAbsent(error, file, name));
    if (!entry?.isFile()) return undefined;
    return { name, version, file, signature: `${entry.ino}:${entry.size}:${entry.mtimeMs}:${entry.ctimeMs}` };
  };
  /** The folders with usable names. */
  const foldersIn = async (folder: string, ofName?: string): Promise<string[]> => {
    const entries: Dirent[] =
      (await readdir(folder, { withFileTypes: true }).catch((error) => unlessAbsent(error, folder, ofName))) ?? [];
    for (const entry of entries.filter(isMisplaced))
      ignored.push({ path: join(folder, entry.name), reason: misplaced });
    return entries
      .filter((entry) => !entry.isFile() && usable.test(entry.name))
      .map(({ name }) => name)
      .sort();
  };
  const unlessAbsent = ({ code }: NodeJS.ErrnoException, file: string, name: string | undefined): undefined => {
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    ignored.push({ path: file, reason: `it cannot be read (${code})` });
    if (name !== undefined) unreadable.add(name);
  };

  const alone = (await modelAt(nameOf(at), '1', at)) ?? (await modelAt(nameOf(at), '1', join(at, modelFileName)));
  if (alone) return { files: [alone], ignored: [], unreadable };
  const files: ModelFile[] = [];
  for (const name of await foldersIn(at)) {
    const folder = join(at, name);
    const versions = await Promise.all(
      (await foldersIn(folder, name)).map((version) => modelAt(name, version, join(folder, version, modelFileName))),
    );
    const named = versions.filter((model) => model !== undefined);
    const plain = await modelAt(name, '1', join(folder, modelFileName));
    if (plain && !named.some(({ version }) => version === '1')) named.push(plain);
    files.push(...named.sort((a, b) => compareVersions(b.version, a.version)));
  }
  return { files, ignored, unreadable };
}

/** A model is named after its run's folder, or after its file where that has another name than in every run. */
function nameOf(path: string): string {
  const stem = extname(path) === '.safetensors' ? basename(path, '.safetensors') : basename(path);
  const given = stem === basename(modelFileName, '.safetensors') ? basename(dirname(path)) : stem;
  const name = given
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return name === '' ? 'model' : name;
}

function isMisplaced(entry: Dirent): boolean {
  if (entry.isFile()) return extname(entry.name) === '.safetensors' && entry.name !== modelFileName;
  return !usable.test(entry.name) && !entry.name.startsWith('.');
}
