import { rmdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Dataset } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type JointClaim, overSeeds } from '../../core/inspection/claims/overSeeds.ts';
import type { Claim } from '../../core/inspection/record.ts';
import type { Model } from '../../core/model/model.ts';
import { integer, percent, plural } from '../../views/numbers.ts';
import { requireFit } from '../fit.ts';
import { loadModel, modelFileName } from '../models.ts';
import { askedPictures } from '../runs/inspectedPictures.ts';
import { type InspectRun, initialSeedOf, inspectRun } from '../runs/inspectRun.ts';
import { writeFileWhole } from '../runs/writeWhole.ts';
import { availableThreads } from '../workers/available.ts';
import { interruptedStatus } from './interruption.ts';
import { loadWithProgress } from './loading.ts';
import { threadsOption } from './options.ts';
import { progressOn, type Streams } from './progress.ts';

interface InspectFlags {
  images?: string[];
  models?: string[];
  out?: string;
  quick?: true;
  data?: string | false;
  threads?: number;
  json?: true;
}

/** `selvedge inspect MODEL`. */
export function inspectCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('inspect')
    .description('look inside a model: feature maps, what its layers hold in numbers, and why it gives its answers')
    .argument('[model]', "a run's folder or a .safetensors file")
    .option('--images <list...>', 'test images by number (3,17), picture files or folders (default: two a class)')
    .option('--models <models...>', 'inspect several, and try each claim on all of them')
    .option('--out <dir>', "where the report goes (default: 'inspection' beside the model)")
    .option('--quick', 'seconds instead of a minute: smaller samples and projections, so rougher figures')
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--no-data', 'without a data set: only what picture files alone can show')
    .option('--threads <n>', 'worker threads (default: the cores at hand)', threadsOption)
    .option('--json', 'print one JSON object instead of words')
    .addHelpText(
      'after',
      `
Examples:
  selvedge inspect runs/first
  selvedge inspect runs/first --quick
  selvedge inspect runs/first --images 3,17,256 photo.jpg
  selvedge inspect --models runs/seed-0 runs/seed-1 runs/seed-2

The folder gets index.html, the page to look at, inspection.json with every number, and pictures. Without --images, the
report looks at the first recognised and the first mistaken test image of each class. The control beside every figure is
the same network before training. With --models each gets its report; the first one's page also shows the verdicts on
all of them, and claims.json beside it holds them.`,
    )
    .action(async (first: string | undefined, flags: InspectFlags) => {
      if (first !== undefined && flags.models) {
        throw new SelvedgeError('bad-option', `Name ${first} behind --models too, or leave --models out.`);
      }
      const paths = [...new Set(first === undefined ? (flags.models ?? []) : [first])];
      if (paths.length === 0) {
        throw new SelvedgeError('bad-option', "There is nothing to inspect; give a run's folder or a model's file.");
      }
      if (flags.out !== undefined && paths.length > 1) {
        throw new SelvedgeError('bad-option', '--out names one folder, but every model gets a report; leave it out.');
      }
      const images = flags.images && (await askedPictures(flags.images));
      const models: { path: string; model: Model }[] = [];
      for (const path of paths) models.push({ path, model: await loadModel(path) });
      const { data, why } = await dataAtHand(flags.data, stderr);
      const reports: { model: string; run: InspectRun }[] = [];
      for (const { path, model } of models) {
        const at = await placeOf(path);
        const run = await inspectWithProgress(stderr, paths.length > 1 ? `${path}: ` : '', {
          ...{ model, file: at.file, initialSeed: await initialSeedOf(at.folder) },
          ...fitting(model, data, why, flags.data),
          ...(images && { images }),
          folder: flags.out ?? join(at.folder, 'inspection'),
          quick: flags.quick ?? false,
          threads: flags.threads ?? availableThreads(),
        });
        reports.push({ model: path, run });
        if (!flags.json) stdout.write(`${paths.length > 1 ? `${path}\n` : ''}${inWords(run)}\n`);
      }
      const joint = paths.length > 1 ? await writeJointly(reports) : undefined;
      if (flags.json) stdout.write(`${JSON.stringify({ models: reports.map(summary), ...joint })}\n`);
      else if (joint) stdout.write(`${jointlyInWords(joint)}\n`);
    });
}

/** Inspects, and shows how far it is. Ctrl-C ends the program: half a report is none. */
export async function inspectWithProgress(
  stderr: Streams['stderr'],
  before: string,
  options: Parameters<typeof inspectRun>[0],
): Promise<InspectRun> {
  const progress = progressOn(stderr);
  const stop = () => {
    progress.done('');
    stderr.write('Stopped; no report was written.\n');
    try {
      rmdirSync(options.folder);
    } catch {
      // It holds something, or was never made.
    }
    process.exit(interruptedStatus);
  };
  process.once('SIGINT', stop);
  try {
    return await inspectRun({
      ...options,
      onProgress: (share, doing) => progress.update(share, `${before}${doing}`),
    });
  } finally {
    process.off('SIGINT', stop);
    progress.done('');
  }
}

/** What a report says in short: the verdicts, what is missing, and where to look. */
export function inWords({ record, files }: InspectRun): string {
  const { claims, leftOut, seconds, images, dataset } = record;
  const tried = dataset
    ? ` (test accuracy ${percent(dataset.testAccuracy, 2)} on ${integer(dataset.testImages)} images)`
    : '';
  return [
    `Looked at ${plural(images.length, 'picture')} in ${Math.round(seconds)} s${tried}.`,
    '',
    ...claims.map(({ verdict, statement }) => `${verdict.padEnd(13)}  ${statement}`),
    ...(leftOut.length > 0 ? ['', ...leftOut.map(({ part, why }) => `left out: ${part}. ${why}`)] : []),
    '',
    `look at        ${files.page}`,
    '',
  ].join('\n');
}

interface Joint {
  readonly claims: readonly JointClaim[];
  /** Absolute path of `claims.json`. */
  readonly file: string;
}

async function writeJointly(reports: readonly { model: string; run: InspectRun }[]): Promise<Joint> {
  const claims = overSeeds(reports.map(({ model, run }) => ({ model, claims: run.record.claims })));
  const file = join(dirname(reports[0]!.run.files.page), 'claims.json');
  const models = reports.map(({ model }) => model);
  await reports[0]!.run.addClaims(claims);
  await writeFileWhole(file, `${JSON.stringify({ format: 'selvedge-claims', version: 1, models, claims }, null, 2)}\n`);
  return { claims, file };
}

function jointlyInWords({ claims, file }: Joint): string {
  const rows = claims.map(({ statement, joint }) => `${statement}\n    ${joint}`);
  return ['All together:', ...rows, '', `claims         ${file}`].join('\n');
}

function summary({ model, run }: { model: string; run: InspectRun }) {
  const { dataset, seconds, claims, leftOut } = run.record;
  const verdicts = claims.map(({ id, statement, verdict, because }: Claim) => ({ id, statement, verdict, because }));
  return { model, dataset, seconds, claims: verdicts, leftOut, files: run.files };
}

interface DataAtHand {
  readonly data: Dataset | null;
  readonly why: string;
}

/** The data set, or why there is none. A folder that was named must hold one. */
async function dataAtHand(folder: string | false | undefined, stderr: Streams['stderr']): Promise<DataAtHand> {
  if (folder === false) return { data: null, why: 'No data set was wanted (--no-data).' };
  try {
    return { data: await loadWithProgress(folder, stderr), why: '' };
  } catch (error) {
    const isMissing = error instanceof SelvedgeError && ['missing-file', 'cannot-write'].includes(error.code);
    if (folder !== undefined || !isMissing) throw error;
    return { data: null, why: error.message };
  }
}

/** A data set that nobody named and that is none for this model is as good as none. */
function fitting(model: Model, data: Dataset | null, why: string, named: string | false | undefined): DataAtHand {
  if (data === null) return { data, why };
  try {
    requireFit(model, data);
    return { data, why };
  } catch (error) {
    if (typeof named === 'string' || !(error instanceof SelvedgeError)) throw error;
    return { data: null, why: error.message };
  }
}

async function placeOf(path: string): Promise<{ folder: string; file: string }> {
  const isFolder = (await stat(path)).isDirectory();
  return isFolder ? { folder: path, file: join(path, modelFileName) } : { folder: dirname(path), file: path };
}
