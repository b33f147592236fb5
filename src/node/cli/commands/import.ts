import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { fashionMnistClassNames } from '../../../core/data/classNames.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { readOnnx } from '../../../core/formats/onnx/importModel.ts';
import { megabytes, plural, shape } from '../../../views/numbers.ts';
import { modelFileName, saveModel } from '../../models.ts';
import { makeFolder } from '../../runs/writeWhole.ts';
import { numbersOption, positiveNumbersOption, positiveOption } from '../options.ts';
import type { Streams } from '../progress.ts';

const longestFile = 2 ** 30;

interface Flags {
  out: string;
  classNames?: string;
  divideBy?: number;
  mean?: readonly number[];
  std?: readonly number[];
  json?: true;
}

/** `selvedge import FILE.onnx --out DIR|FILE`. */
export function importCommand({ stdout }: Pick<Streams, 'stdout'> = process): Command {
  return new Command('import')
    .argument('<file>', 'an .onnx file')
    .requiredOption('--out <path>', `a .safetensors file, or a folder for ${modelFileName}`)
    .option(
      '--class-names <names>',
      'a,b,c; or a text file with a name on each line; or fashion-mnist (default: as in the file, else 0, 1, …)',
    )
    .option(
      '--divide-by <x>',
      "what pictures' 8-bit values are divided by (default: as in the file, else 255)",
      positiveOption,
    )
    .option('--mean <x,…>', 'subtracted after that: one number, or one for each channel (default: 0)', numbersOption)
    .option('--std <x,…>', 'divided by after that (default: 1)', positiveNumbersOption)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  selvedge import first.onnx --out models/first
  selvedge import theirs.onnx --class-names fashion-mnist --mean 0.286 --std 0.353 --out models/theirs
  selvedge evaluate models/theirs

Networks of the layers in docs/networks.md are read, sequential or branching, float32, with their weights in the file. Anything else
is refused with the name of the node and its operator. docs/exchange.md lists the operators.`,
    )
    .action(async (file: string, { out, classNames, json, ...preprocessing }: Flags) => {
      const names = classNames === undefined ? undefined : await classNamesOption(classNames);
      const { model, notes } = readOnnx(await bytesOf(file), file, {
        ...preprocessing,
        ...(names && { classNames: names }),
      });
      const isFile = out.endsWith('.safetensors');
      if (!isFile) await makeFolder(out);
      const written = isFile ? out : join(out, modelFileName);
      await saveModel(model, written);
      const { network, classNames: classes } = model;
      const { layers, parameterCount: parameters, inputShape } = network;
      if (json) {
        stdout.write(
          `${JSON.stringify({ file: written, layers: layers.length, parameters, inputShape, classNames: classes, notes })}\n`,
        );
        return;
      }
      stdout.write(
        `${plural(layers.length, 'layer')}, ${plural(parameters, 'parameter')}; pictures of ${shape(inputShape)}; classes: ${classes.join(', ')}\n${notes.map((note) => `${note}\n`).join('')}\nwritten: ${written}\n`,
      );
    });
}

/** Names from a list, a text file, or those of Fashion-MNIST. */
async function classNamesOption(given: string): Promise<readonly string[]> {
  if (given === 'fashion-mnist') return fashionMnistClassNames;
  const isFile = (await stat(given).catch(() => undefined))?.isFile();
  const names = isFile ? (await readFile(given, 'utf8')).trimEnd().split(/\r?\n/) : given.split(',');
  const trimmed = names.map((name) => name.trim());
  const empty = trimmed.indexOf('');
  if (empty < 0) return trimmed;
  throw new SelvedgeError(
    'bad-option',
    `--class-names: name ${empty + 1} of ${given} is empty; give each class a name.`,
  );
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const entry = await stat(file).catch((cause: unknown) => {
    throw new SelvedgeError('missing-file', `There is no file ${file}; give the path of an .onnx file.`, { cause });
  });
  if (!entry.isFile()) throw new SelvedgeError('bad-model', `${file} is not a file; give the path of an .onnx file.`);
  if (entry.size > longestFile) {
    throw new SelvedgeError(
      'bad-model',
      `${file} has ${megabytes(entry.size)}; files of up to ${megabytes(longestFile)} are read.`,
    );
  }
  return readFile(file).catch((cause: Error) => {
    throw new SelvedgeError('missing-file', `${file} cannot be read (${cause.message}).`, { cause });
  });
}
