import { resolve } from 'node:path';
import { Command } from 'commander';
import { describeSet } from '../../../core/data/describe.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { classRows, contactSheet } from '../../../views/contactSheet.ts';
import { fixed, integer } from '../../../views/numbers.ts';
import type { DataEvent } from '../../datasets/events.ts';
import type { LoadedDataset } from '../../datasets/fashionMnist.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import { loadWithProgress } from '../loading.ts';
import type { Streams } from '../progress.ts';
import { clearCacheCommand, describeCommand } from './describePictures.ts';

const previewColumns = 16;

/** `selvedge data` and its subcommands. */
export function dataCommand(streams: Streams = process): Command {
  const { stdout, stderr } = streams;
  const command = new Command('data')
    .enablePositionalOptions()
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--json', 'end with one JSON object on standard output')
    .action(async (options: { data?: string; json?: true }) => {
      const verified: VerifiedFile[] = [];
      const dataset = await loadWithProgress(options.data, stderr, {
        onEvent: (event) => {
          if (event.type === 'verified') verified.push(event);
        },
      });
      const description = await describeDataset(dataset, verified);
      stdout.write(options.json ? `${JSON.stringify(description)}\n` : formatDescription(description));
    });

  command.addHelpText(
    'after',
    `
Examples:
  selvedge data                         find or download it, verify it, describe it
  selvedge data --data DIR --json       verify the four files in a folder (plain or .gz)
  selvedge data preview --out all.png   a contact sheet
  selvedge data describe photos/        pictures of your own in class folders`,
  );
  command
    .command('preview')
    .description('write a contact sheet of training images, a row for each class')
    .option('--out <file>', 'the PNG file to write', 'fashion-mnist.png')
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .action(async (options: { out: string; data?: string }) => {
      const dataset = await loadWithProgress(options.data ?? command.opts<{ data?: string }>().data, stderr);
      const rows = await classRows(dataset.train, dataset.classNames, previewColumns);
      const path = resolve(options.out);
      await writeFileWhole(path, encodePng(contactSheet(rows, { textScale: 2 })));
      stdout.write(`${path}\n`);
    });

  return command.addCommand(describeCommand(streams)).addCommand(clearCacheCommand(streams));
}

type VerifiedFile = DataEvent & { type: 'verified' };

async function describeDataset(dataset: LoadedDataset, verified: readonly VerifiedFile[]) {
  const { name, source, folder, classNames, train, test } = dataset;
  const inTraining = await describeSet(train, classNames.length);
  const inTest = await describeSet(test, classNames.length);
  return {
    name,
    source,
    folder,
    files: verified.map(({ file, bytes, sha256 }) => ({ file, bytes, sha256, verified: true })),
    trainImages: train.count,
    testImages: test.count,
    image: { height: train.height, width: train.width, channels: train.channels },
    trainPixels: { mean: inTraining.mean, standardDeviation: inTraining.standardDeviation },
    classes: classNames.map((className, label) => ({
      label,
      name: className,
      train: inTraining.countsByClass[label]!,
      test: inTest.countsByClass[label]!,
    })),
  };
}

function formatDescription(dataset: Awaited<ReturnType<typeof describeDataset>>): string {
  const { image, trainPixels, files, classes } = dataset;
  const scaled = [trainPixels.mean, trainPixels.standardDeviation].map((value) => fixed(value / 255, 4));
  const right = (value: number, width: number) => integer(value).padStart(width);
  return [
    dataset.name,
    `source: ${dataset.source}`,
    `folder: ${dataset.folder}`,
    '',
    `${integer(dataset.trainImages)} training and ${integer(dataset.testImages)} test pictures, ${image.height} × ${image.width} pixels, ${image.channels} channel of 8 bits`,
    `training pixels: mean ${fixed(trainPixels.mean, 2)}, standard deviation ${fixed(trainPixels.standardDeviation, 2)} (scaled to [0, 1]: ${scaled.join(', ')})`,
    '',
    'label  class            training      test',
    ...classes.map(
      ({ label, name, train, test }) => `${right(label, 5)}  ${name.padEnd(15)}${right(train, 10)}${right(test, 10)}`,
    ),
    '',
    'file                          bytes  SHA-256, verified',
    ...files.map(({ file, bytes, sha256 }) => `${file.padEnd(23)}${right(bytes, 12)}  ${sha256}`),
    '',
  ].join('\n');
}
