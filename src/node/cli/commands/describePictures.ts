import { resolve } from 'node:path';
import { Command } from 'commander';
import { fixed, integer, megabytes, percent, plural } from '../../../views/numbers.ts';
import { picturesPage } from '../../../views/pictures/picturesPage.ts';
import { clearPackCache } from '../../cache/packCache.ts';
import { type DescribedFolder, describeFolder } from '../../datasets/pictures/describeFolder.ts';
import { cacheLimit, clearPictureCache, pictureCacheFolder } from '../../datasets/pictures/pictureCache.ts';
import { featureCacheFolder, featureCacheLimit } from '../../runs/featureCache.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import { version } from '../../version.ts';
import { interruptible } from '../interruption.ts';
import { seedOption, threadsOption } from '../options.ts';
import { picturesReporter } from '../picturesProgress.ts';
import { progressOn, type Streams } from '../progress.ts';

const printed = 10;

interface Flags {
  seed: number;
  threads?: number;
  out?: string;
  json?: true;
}

/** `selvedge data describe`. */
export function describeCommand({ stdout, stderr }: Streams): Command {
  return new Command('describe')
    .description('describe pictures in class folders, or in a list: counts, broken files, near-duplicates, the split')
    .argument('<pictures>', 'a folder <class>/… or train/<class>/… and test/<class>/…, or a .csv or .jsonl file')
    .option('--out <file>', 'write a page with a contact sheet to this HTML file')
    .option('--seed <n>', 'seed of the split', seedOption, 0)
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option('--json', 'print one JSON object instead of words')
    .addHelpText(
      'after',
      `
Examples:
  selvedge data describe photos/                       photos/shirt/1.jpg, photos/coat/2.png, …
  selvedge data describe photos/ --out photos.html     with pictures of each class and the near-duplicates
  selvedge data describe photos.csv --json             a list with the header path,label[,group][,split]

Files that are no usable pictures are listed and left out. Resized pictures are cached: see selvedge data clear-cache.`,
    )
    .action(async (path: string, { seed, threads, out }: Flags, command: Command) => {
      // The command above has the same option, and takes it.
      const { json } = command.optsWithGlobals<Flags>();
      const progress = progressOn(stderr);
      try {
        const described = await interruptible(
          () => progress.log('Stopping …'),
          (signal) => describeFolder({ path, seed, threads, signal, onProgress: picturesReporter(progress) }),
        );
        progress.done('');
        const page = out === undefined ? undefined : resolve(out);
        if (page !== undefined) await writeFileWhole(page, picturesPage({ ...described, selvedge: version }));
        stdout.write(json ? `${JSON.stringify(asJson(described, page))}\n` : inWords(described, page));
      } finally {
        progress.done('');
      }
    });
}

/** `selvedge data clear-cache`. */
export function clearCacheCommand({ stdout }: Streams): Command {
  return new Command('clear-cache')
    .description(
      `remove the cached resized pictures and their features; they take up ${cacheLimit / 1e9} GB and ${featureCacheLimit / 1e9} GB at most`,
    )
    .action(async () => {
      const [pictures, features] = [pictureCacheFolder(), featureCacheFolder()];
      stdout.write(`Removed ${megabytes(await clearPictureCache(pictures))} of resized pictures from ${pictures}.\n`);
      stdout.write(`Removed ${megabytes(await clearPackCache(features))} of features from ${features}.\n`);
    });
}

function asJson(
  { name, folder, seed, description, splitProblem, warnings }: DescribedFolder,
  page: string | undefined,
) {
  return { name, folder, seed, ...description, splitProblem, warnings, ...(page !== undefined && { page }) };
}

function inWords({ name, folder, seed, description, splitProblem, warnings }: DescribedFolder, page?: string): string {
  const { pictures, classes, grey, colour, sizes, imbalance, groups, leftOut, duplicates } = description;
  const widest = Math.max(5, ...classes.map(({ name }) => name.length));
  const row = (cells: readonly (number | string | undefined)[]) =>
    cells.map((cell) => (typeof cell === 'string' ? cell : integer(cell)).padStart(12)).join('');
  const some = (lines: readonly string[]) => [
    ...lines.slice(0, printed).map((line) => `  ${line}`),
    ...(lines.length > printed ? [`  and ${integer(lines.length - printed)} more: see --json`] : []),
  ];
  const { withinClass, acrossClasses, copies } = duplicates;
  const found = withinClass.length + acrossClasses.length;
  return [
    name,
    `folder: ${folder}`,
    '',
    `${plural(pictures, 'picture')}: ${integer(colour)} in colour, ${integer(grey)} grey`,
    ...(sizes
      ? [
          `width × height: median ${sizes.median.join(' × ')}, from ${sizes.smallest.join(' × ')} to ${sizes.largest.join(' × ')} pixels`,
        ]
      : []),
    ...(imbalance === null ? [] : [`the largest class has ${fixed(imbalance, 1)} times the pictures of the smallest`]),
    ...(groups.count > 0
      ? [`${plural(groups.count, 'group')} of two or more, with ${plural(groups.pictures, 'picture')}`]
      : []),
    '',
    `${'class'.padEnd(widest)}${row(['pictures', 'training', 'validation', 'test'])}`,
    ...classes.map(
      ({ name, pictures, split }) =>
        `${name.padEnd(widest)}${row([pictures, split?.train, split?.validation, split?.test])}`,
    ),
    splitProblem === null ? `The split is that of seed ${seed}.` : `There is no split: ${splitProblem}`,
    '',
    `${plural(found, 'cluster')} of near-duplicates with ${plural(duplicates.pictures, 'picture')} (${percent(duplicates.pictures / Math.max(1, pictures), 1)}); ${plural(copies, 'file')} with the bytes of another one`,
    ...(acrossClasses.length > 0
      ? [`across classes: ${acrossClasses.length}`, ...some(acrossClasses.map((paths) => paths.join(', ')))]
      : []),
    ...(withinClass.length > 0
      ? [`within a class: ${withinClass.length}`, ...some(withinClass.map((paths) => paths.join(', ')))]
      : []),
    `${plural(leftOut.length, 'file')} left out`,
    ...some(leftOut.map(({ reason }) => reason)),
    ...warnings.map((sentence) => `Warning: ${sentence}`),
    ...(page === undefined ? [] : [`page: ${page}`]),
    '',
  ].join('\n');
}
