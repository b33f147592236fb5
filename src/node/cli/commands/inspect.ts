import { rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Dataset } from '../../../core/data/images.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { overSeeds } from '../../../core/inspection/claims/overSeeds.ts';
import type { Claim } from '../../../core/inspection/record.ts';
import type { Model } from '../../../core/model/model.ts';
import { integer, percent, plural } from '../../../views/numbers.ts';
import { fitData } from '../../fit.ts';
import { loadModel, placeOfModel } from '../../models.ts';
import { parseImageChoices } from '../../runs/inspectedPictures.ts';
import { type InspectRun, type InspectRunOptions, initialSeedOf, inspectRun } from '../../runs/inspectRun.ts';
import { writeFileWhole } from '../../runs/writeWhole.ts';
import { availableThreads } from '../../workers/available.ts';
import { interruptedStatus } from '../interruption.ts';
import { type LoadingOptions, loadWithProgress } from '../loading.ts';
import { threadsOption } from '../options.ts';
import { photosFor } from '../photosFor.ts';
import { progressOn, type Streams } from '../progress.ts';

const layersOption = (list: string) => (list === 'all' ? list : list.split(',').filter(Boolean));

interface InspectFlags {
  images?: string[];
  models?: string[];
  out?: string;
  layers?: readonly string[] | 'all';
  quick?: true;
  data?: string | false;
  threads?: number;
  json?: true;
}

/** `selvedge inspect MODEL`. */
export function inspectCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('inspect')
    .argument('[model]', "a run's folder or a .safetensors file")
    .option('--images <list...>', 'test images by index (3,17), image files or folders (default: two per class)')
    .option('--models <models...>', 'inspect several models and compare their verdicts')
    .option('--out <dir>', "folder of the report (default: 'inspection' beside the model)")
    .option('--layers <list>', 'the layers to look at, by name: conv2d_1,dense_1; or all', layersOption)
    .option('--quick', 'smaller samples and projections: seconds instead of a minute, wider intervals')
    .option('--data <dir>', 'read the data set from this folder only')
    .option('--no-data', 'without a data set: only what can be computed from image files')
    .option('--threads <n>', 'worker threads (default: all available cores)', threadsOption)
    .option('--json', 'print one JSON object instead of words')
    .addHelpText(
      'after',
      `
Examples:
  selvedge inspect runs/first
  selvedge inspect runs/first --quick
  selvedge inspect runs/first --images 3,17,256 photo.jpg
  selvedge inspect runs/first --layers block2.1,block5.3
  selvedge inspect --models runs/seed-0 runs/seed-1 runs/seed-2

The folder gets index.html (the report), inspection.json (every number of it) and pictures. Without --images, the report
shows the first correct and the first misclassified test image of each class. The control of every metric is the same
network before training. Of a network with very many values (pictures of 64×64 or more, dozens of layers), the report shows
the ends of its blocks; --layers chooses others. Photos and the data set's pictures are prepared as the model's preprocessing
says. With --models each model gets its report; that of the first also has the verdicts on all
models, which are written to claims.json beside it as well.`,
    )
    .action(async (first: string | undefined, flags: InspectFlags) => {
      if (first !== undefined && flags.models) {
        throw new SelvedgeError('bad-option', `Name ${first} after --models too, or omit --models.`);
      }
      const paths = [...new Set(first === undefined ? (flags.models ?? []) : [first])];
      if (paths.length === 0) {
        throw new SelvedgeError('bad-option', "There is no model to inspect; name a run's folder or a model's file.");
      }
      if (flags.out !== undefined && paths.length > 1) {
        throw new SelvedgeError(
          'bad-option',
          '--out names one folder, but every model gets a report of its own; omit it.',
        );
      }
      const images = flags.images && (await parseImageChoices(flags.images));
      const models: { path: string; model: Model }[] = [];
      for (const path of paths) models.push({ path, model: await loadModel(path) });
      const { data, why } = await dataAtHand(flags.data, stderr, await photosFor(models[0]!.model, models[0]!.path));
      const reports: { model: string; run: InspectRun }[] = [];
      for (const { path, model } of models) {
        const at = await placeOfModel(path);
        const run = await inspectWithProgress(stderr, paths.length > 1 ? `${path}: ` : '', {
          model,
          file: at.file,
          initialSeed: await initialSeedOf(at.folder),
          ...fitting(model, data, why, flags.data),
          ...(images && { images }),
          folder: flags.out ?? join(at.folder, 'inspection'),
          layers: flags.layers,
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

/** Inspects and shows progress. Ctrl-C ends the program without a report. */
export async function inspectWithProgress(
  stderr: Streams['stderr'],
  before: string,
  options: InspectRunOptions,
): Promise<InspectRun> {
  const progress = progressOn(stderr);
  const stop = () => {
    progress.done('');
    stderr.write('Stopped; no report was written.\n');
    try {
      rmdirSync(options.folder);
    } catch {
      // It is not empty, or does not exist.
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

/** A report's summary: the verdicts, what was left out, and the page's path. */
export function inWords({ record, files }: InspectRun): string {
  const { claims, leftOut, seconds, images, dataset } = record;
  const accuracy = dataset
    ? ` (test accuracy ${percent(dataset.testAccuracy, 2)} on ${integer(dataset.testImages)} images)`
    : '';
  return [
    `Inspected ${plural(images.length, 'image')} in ${Math.round(seconds)} s${accuracy}.`,
    '',
    ...claims.map(({ verdict, statement }) => `${verdict.padEnd(13)}  ${statement}`),
    ...(leftOut.length > 0 ? ['', ...leftOut.map(({ part, why }) => `left out: ${part}. ${why}`)] : []),
    '',
    `report         ${files.page}`,
    '',
  ].join('\n');
}

/** Adds the joint verdicts to the first report, and writes `claims.json` beside it. */
async function writeJointly(reports: readonly { model: string; run: InspectRun }[]) {
  const claims = overSeeds(reports.map(({ model, run }) => ({ model, claims: run.record.claims })));
  const file = join(dirname(reports[0]!.run.files.page), 'claims.json');
  const models = reports.map(({ model }) => model);
  await reports[0]!.run.addClaims(claims);
  await writeFileWhole(file, `${JSON.stringify({ format: 'selvedge-claims', version: 1, models, claims }, null, 2)}\n`);
  return { claims, file };
}

function jointlyInWords({ claims, file }: Awaited<ReturnType<typeof writeJointly>>): string {
  const rows = claims.map(({ statement, joint }) => `${statement}\n    ${joint}`);
  return ['All models:', ...rows, '', `claims         ${file}`].join('\n');
}

function summary({ model, run }: { model: string; run: InspectRun }) {
  const { dataset, seconds, claims, leftOut } = run.record;
  const verdicts = claims.map(({ id, statement, verdict, because }: Claim) => ({ id, statement, verdict, because }));
  return { model, dataset, seconds, claims: verdicts, leftOut, files: run.files };
}

type DataAtHand = Pick<InspectRunOptions, 'data'> & { readonly why: string };

/** The data set, or the reason why there is none. A folder that was named must contain one. */
async function dataAtHand(
  folder: string | false | undefined,
  stderr: Streams['stderr'],
  photos: LoadingOptions,
): Promise<DataAtHand> {
  if (folder === false) return { data: null, why: 'The option --no-data was given.' };
  try {
    return { data: await loadWithProgress(folder, stderr, photos), why: '' };
  } catch (error) {
    const isMissing = error instanceof SelvedgeError && ['missing-file', 'cannot-write'].includes(error.code);
    if (folder !== undefined || !isMissing) throw error;
    return { data: null, why: error.message };
  }
}

/** A default data set that does not fit the model is not used. */
function fitting(model: Model, data: Dataset | null, why: string, named: string | false | undefined): DataAtHand {
  if (data === null) return { data, why };
  try {
    return { data: fitData(model, data), why };
  } catch (error) {
    if (typeof named === 'string' || !(error instanceof SelvedgeError)) throw error;
    return { data: null, why: error.message };
  }
}
