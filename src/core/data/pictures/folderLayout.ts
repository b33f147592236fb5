import { SelvedgeError } from '../../errors.ts';
import { compareCodePoints } from './codePoints.ts';
import { type Part, parts } from './manifest.ts';

/** A picture of a data set. */
export interface PictureEntry {
  /** Relative to the data set's folder, with '/' between folders. */
  readonly path: string;
  readonly label: string;
  readonly group?: string | undefined;
  /** The part that it is given to; the others are drawn. */
  readonly part?: Part | undefined;
}

/** A file or folder that was left out, and one sentence that says why. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** The pictures of a data set, ordered by the code points of their paths, before any is read. */
export interface PictureList {
  /** In the order of their code points. */
  readonly classNames: readonly string[];
  readonly entries: readonly PictureEntry[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The classes of a folder's pictures: `<class>/…`, or `train/<class>/…` beside `validation/<class>/…` and `test/<class>/…`. Folders
 * below a class folder belong to the class.
 * @param files paths of the pictures, relative to the folder, with '/' between folders
 * @param folders paths of all folders below it
 * @param name the folder in errors
 * @throws SelvedgeError 'bad-data' where folders of both kinds are mixed
 */
export function listFromFolder(files: readonly string[], folders: readonly string[], name: string): PictureList {
  const top = folders.filter((path) => !path.includes('/')).sort(compareCodePoints);
  const hasParts = top.includes('train');
  const strange = top.find((folder) => !isPart(folder));
  if (hasParts && strange !== undefined) {
    throw new SelvedgeError(
      'bad-data',
      `${name} has the folder ${strange} beside train; put all classes into train and test, or rename train.`,
    );
  }
  const depth = hasParts ? 2 : 1;
  const leftOut: LeftOut[] = [];
  const entries: PictureEntry[] = [];
  for (const path of files) {
    const steps = path.split('/');
    if (steps.length <= depth) leftOut.push({ path, reason: `${path} is in no class folder.` });
    else entries.push({ path, label: steps[depth - 1]!, part: hasParts ? (steps[0] as Part) : undefined });
  }
  const classFolders = folders.filter((path) => path.split('/').length === depth);
  return ordered(
    entries,
    classFolders.map((path) => path.split('/')[depth - 1]!),
    leftOut,
  );
}

/** Entries in the order of their paths; classes without pictures are kept. */
export function ordered(
  entries: readonly PictureEntry[],
  emptyClasses: readonly string[] = [],
  leftOut: readonly LeftOut[] = [],
): PictureList {
  const names = new Set([...entries.map(({ label }) => label), ...emptyClasses]);
  return {
    classNames: [...names].sort(compareCodePoints),
    entries: [...entries].sort((a, b) => compareCodePoints(a.path, b.path)),
    leftOut,
  };
}

/**
 * Checks that there are two classes or more and that each has pictures.
 * @param labels the classes' numbers of the pictures that can be used
 * @param name the data set in errors
 * @param reasonFor a sentence about a picture of a class that cannot be used, if there is one
 * @throws SelvedgeError 'bad-data'
 */
export function requireClasses(
  classNames: readonly string[],
  labels: ArrayLike<number>,
  name: string,
  reasonFor: (className: string) => string | undefined = () => undefined,
): void {
  const fail = (sentence: string) => {
    throw new SelvedgeError('bad-data', sentence);
  };
  const layout = 'put the pictures of each class into a folder of its own, named after the class';
  if (classNames.length === 0) fail(`${name} has no class: ${layout}.`);
  const counts = new Uint32Array(classNames.length);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]! += 1;
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    const reason = reasonFor(classNames[empty]!)?.replace(/\.$/, '');
    fail(
      `The class ${classNames[empty]} of ${name} has no picture that can be used${reason === undefined ? '' : ` (${reason})`}; add some, or remove the class.`,
    );
  }
  if (classNames.length === 1)
    fail(`${name} has only the class ${classNames[0]}: a classifier needs two or more; ${layout}.`);
}

function isPart(folder: string): folder is Part {
  return (parts as readonly string[]).includes(folder);
}
