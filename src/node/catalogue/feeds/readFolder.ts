import { posix } from 'node:path';
import type { FeedOptions } from '../../../core/catalogue/feeds/options.ts';
import { feedProblem, readProduct } from '../../../core/catalogue/feeds/readProduct.ts';
import type { FeedEntry } from '../../../core/catalogue/product.ts';
import type { FoundPictures } from '../../datasets/pictures/walkFolder.ts';

/**
 * Makes a product of each picture of a folder: its id is the path without extension, its title the file's name. What could not be read
 * is a problem, and so is a second picture that differs in its extension only. An entry's line is its number.
 * @param onRead called behind each entry
 */
export async function* readFolder(
  { files, leftOut }: FoundPictures,
  options: FeedOptions,
  onRead: () => void,
): AsyncGenerator<FeedEntry> {
  const ids = new Map<string, string>();
  let line = 0;
  for (const { path, reason } of leftOut) {
    line += 1;
    yield { kind: 'problem', line, id: path, reason };
  }
  for (const file of files) {
    line += 1;
    yield pictureEntry(file, ids, line, options);
    onRead();
  }
}

function pictureEntry(file: string, ids: Map<string, string>, line: number, options: FeedOptions): FeedEntry {
  const id = file.slice(0, -posix.extname(file).length);
  const other = ids.get(id);
  if (other !== undefined)
    return feedProblem(line, id, `the pictures ${file} and ${other} would be the same product; rename one of them`);
  if (file.includes('\\')) return feedProblem(line, id, `the name of ${file} contains a backslash; rename it`);
  ids.set(id, file);
  const empty = { group: '', description: '', link: '', price: '', currency: '', inStock: '', attributes: [] };
  return readProduct({ ...empty, id, title: posix.basename(id), pictures: [`./${file}`] }, [], line, options);
}
