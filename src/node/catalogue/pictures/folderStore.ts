import { access, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SelvedgeError } from '../../../core/errors.ts';
import { cannotWrite, makeFolder, type WritingFileSystem, writeFilesWhole } from '../../runs/writeWhole.ts';
import { isDigest, type PictureStore, type StoredPicture } from './pictureStore.ts';

/** Pictures that are written together: two files each are open at once. */
const together = 64;
/** Temporary files are removed when they are older than this, in ms: another process may be writing them. */
const leftoverAge = 3_600_000;

/**
 * Pictures in a folder: `ab/<digest>.original` and, where it is another file, `ab/<digest>.thumbnail`, in 256 folders after the first two
 * digits. (A second level would cost 70,000 pictures some 270 MB for the folders alone.) Several processes may use it at once. Files are
 * flushed to the disk before they get their names. `temporary/` contains what is being written.
 * @param fileSystem a test supplies a disk that fills up
 * @throws SelvedgeError 'cannot-write' where the folder cannot be made
 */
export async function openPictureFolder(folder: string, fileSystem?: WritingFileSystem): Promise<PictureStore> {
  const temporary = join(folder, 'temporary');
  await makeFolder(temporary);
  await removeLeftovers(temporary);
  const made = new Set<string>();
  let writing: Promise<unknown> = Promise.resolve();

  const originalOf = (digest: string) => join(folder, digest.slice(0, 2), `${digest}.original`);
  const thumbnailOf = (digest: string) => join(folder, digest.slice(0, 2), `${digest}.thumbnail`);

  async function has(digest: string): Promise<boolean> {
    if (!isDigest(digest)) return false;
    return access(originalOf(digest)).then(
      () => true,
      () => false,
    );
  }

  async function write(pictures: readonly StoredPicture[]): Promise<void> {
    const there = await Promise.all(pictures.map(({ digest }) => has(digest)));
    const missing = pictures.filter((_, i) => !there[i]);
    for (const { digest } of missing) {
      const name = digest.slice(0, 2);
      if (made.has(name)) continue;
      await makeFolder(join(folder, name));
      made.add(name);
    }
    // Thumbnails first: a picture is there when its original is.
    const thumbnails = missing.filter(({ original, thumbnail }) => original !== thumbnail);
    const files = [
      ...thumbnails.map(({ digest, thumbnail }) => ({ path: thumbnailOf(digest), content: thumbnail })),
      ...missing.map(({ digest, original }) => ({ path: originalOf(digest), content: original })),
    ];
    await writeFilesWhole(files, temporary, fileSystem);
  }

  return {
    has,
    async put(pictures) {
      const unique = [...new Map(pictures.map((picture) => [picture.digest, picture])).values()];
      for (const { digest } of unique) {
        if (!isDigest(digest)) throw new SelvedgeError('bad-data', `'${digest}' is no SHA-256 digest of a picture.`);
      }
      for (let from = 0; from < unique.length; from += together) {
        const group = unique.slice(from, from + together);
        // One group after the other, so that the number of open files stays small.
        const written = writing.then(() => write(group));
        writing = written.catch(() => undefined);
        await written;
      }
    },
    async get(digest, kind) {
      if (!isDigest(digest)) return undefined;
      const own = kind === 'thumbnail' ? await readIfThere(thumbnailOf(digest)) : undefined;
      return own ?? readIfThere(originalOf(digest));
    },
    async remove(digest) {
      if (!isDigest(digest)) return;
      // The original last: until then, the picture counts as there and can be removed again.
      for (const path of [thumbnailOf(digest), originalOf(digest)]) {
        await unlink(path).catch((error: NodeJS.ErrnoException) => {
          if (!isMissing(error)) throw cannotWrite(path, error);
        });
      }
    },
    async *list() {
      for (let first = 0; first < 256; first++) {
        const names = await readdir(join(folder, first.toString(16).padStart(2, '0'))).catch(() => []);
        const digests = names.map((name) => name.split('.')[0]!).filter(isDigest);
        yield* [...new Set(digests)].sort();
      }
    },
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (isMissing(error)) return undefined;
    throw new SelvedgeError('missing-file', `${path} cannot be read (${error.message}): check its permissions.`, {
      cause: error,
    });
  });
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOENT';
}

/** Of processes that were killed. */
async function removeLeftovers(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < Date.now() - leftoverAge) await unlink(path).catch(() => undefined);
  }
}
