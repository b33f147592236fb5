import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { littleEndianBytes, sha256 } from '../../../core/bytes.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { hubFiles } from '../../../core/formats/hub.ts';
import { writeOnnx } from '../../../core/formats/onnx/exportModel.ts';
import type { RunRecord } from '../../../core/formats/runRecord.ts';
import type { Model } from '../../../core/model/model.ts';
import { modelCard } from '../../../views/modelCard.ts';
import { integer } from '../../../views/numbers.ts';
import { loadModel, placeOfModel } from '../../models.ts';
import { readRun } from '../../runs/readRun.ts';
import { writeTogether } from '../../runs/writeTogether.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import { version } from '../../version.ts';
import { wordOption } from '../options.ts';
import type { Streams } from '../progress.ts';

const targets = ['onnx', 'hub'] as const;
const inputs = ['float32', 'uint8'] as const;

interface Flags {
  to: (typeof targets)[number];
  out: string;
  input?: (typeof inputs)[number];
  license?: string;
  json?: true;
}

interface Written {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly facts: readonly string[];
}

/** `selvedge export MODEL --to onnx|hub --out PATH`. */
export function exportCommand({ stdout }: Pick<Streams, 'stdout'> = process): Command {
  return new Command('export')
    .argument('<model>', "a run's folder or a .safetensors file")
    .requiredOption('--to <format>', 'onnx, a file; or hub, a folder for the Hugging Face Hub', wordOption(targets))
    .requiredOption('--out <path>', 'the file, or the folder')
    .option(
      '--input <type>',
      'of the ONNX file: float32 (values as the network reads them; the default) or uint8 (pictures)',
      wordOption(inputs),
    )
    .option('--license <id>', "the model's licence, as the hub lists them (default: unknown)")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  selvedge export runs/first --to onnx --out first.onnx
  selvedge export runs/first --to onnx --input uint8 --out first.onnx   8-bit pictures in, probabilities out
  selvedge export runs/first --to hub --license mit --out first-hub     a model card with the run's figures, ONNX, safetensors

The probabilities are those of selvedge predict: a calibrated model's temperature is part of the graph. The same model gives the
same bytes. docs/exchange.md describes the files.`,
    )
    .action(async (path: string, { to, out, input, license, json }: Flags) => {
      if (to === 'hub' && input) throw notFor('--input', 'onnx; a folder for the hub has float32 inputs');
      if (to === 'onnx' && license !== undefined) throw notFor('--license', 'hub');
      const model = await loadModel(path);
      const written =
        to === 'onnx'
          ? await writeOnnxFile(model, out, input ?? 'float32')
          : await writeHubFolder(model, path, out, license ?? 'unknown');
      stdout.write(json ? `${JSON.stringify(written)}\n` : inWords(written));
    });
}

function notFor(option: string, format: string): SelvedgeError {
  return new SelvedgeError('bad-option', `${option} is for --to ${format}; omit it.`);
}

async function writeOnnxFile(model: Model, out: string, input: (typeof inputs)[number]): Promise<Written> {
  const { bytes, facts } = writeOnnx(model, { input, output: 'probabilities' }, version);
  await writeFileWhole(out, bytes);
  return { files: [resolve(out)], bytes: bytes.length, facts };
}

async function writeHubFolder(model: Model, path: string, out: string, license: string): Promise<Written> {
  const { files, facts } = hubFiles(model, version);
  const record = await recordOf(model, path);
  const card = modelCard(model, { name: basename(resolve(out)), license, record, facts });
  const all = { 'README.md': card, ...files };
  await writeTogether(out, all);
  const bytes = Object.values(all).reduce((sum, { length }) => sum + length, 0);
  const without = record ? [] : ['The model card has no figures, for there is no run.json of this model.'];
  return { files: Object.keys(all).map((name) => resolve(out, name)), bytes, facts: [...facts, ...without] };
}

/** The record of the run that trained exactly these weights. */
async function recordOf({ parameters }: Model, path: string): Promise<RunRecord | null> {
  const record = await readRun((await placeOfModel(path)).folder).catch((error: unknown) => {
    if (error instanceof SelvedgeError && error.code === 'missing-file') return null;
    throw error;
  });
  return record?.weightsSha256 === (await sha256(littleEndianBytes(parameters))) ? record : null;
}

function inWords({ files, bytes, facts }: Written): string {
  return `${facts.join('\n')}\n\nwritten: ${files.join('\n         ')}\n         (${integer(bytes)} bytes)\n`;
}
