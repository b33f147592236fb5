import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type ComparedRun, compareGroups } from '../../core/evaluation/comparison/compare.ts';
import { groupRuns, type RunIdentity } from '../../core/evaluation/comparison/groups.ts';
import { measureTest } from '../../core/evaluation/comparison/measure.ts';
import type { Comparison } from '../../core/evaluation/comparison/record.ts';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import { buildNetwork } from '../../core/graph/network.ts';
import { summarise } from '../../core/graph/summary.ts';
import { comparisonPage } from '../../views/comparison/comparisonPage.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { fitData } from '../fit.ts';
import { openClassifier } from '../index.ts';
import { loadModel } from '../models.ts';
import { version } from '../version.ts';
import { hasCheckpoint } from './checkpoints.ts';
import { readRun, requireSameData } from './readRun.ts';
import { reportReads } from './reportReads.ts';
import { writeTogether } from './writeTogether.ts';
import { makeFolder } from './writeWhole.ts';

const pageName = 'index.html';
const recordName = 'compare.json';
const format = '"format": "selvedge-comparison"';

/** A finished run in a folder. */
interface FinishedRun extends RunIdentity {
  readonly record: RunRecord;
}

/**
 * Reads the records of runs and checks that they can be compared.
 * @throws SelvedgeError 'missing-file' or 'bad-data' naming the folder: no run, an unfinished one, or one on another data set
 */
export async function readFinishedRuns(folders: readonly string[]): Promise<FinishedRun[]> {
  const runs: FinishedRun[] = [];
  for (const name of folders) runs.push(await readFinishedRun(name));
  const [first] = runs;
  for (const run of runs) {
    const differing = differingFile(first!.record, run.record);
    if (differing === undefined) continue;
    throw new SelvedgeError(
      'bad-data',
      `${first!.name} (${first!.record.dataset.name}) and ${run.name} (${run.record.dataset.name}) have different files ${differing}; compare runs on one data set only.`,
    );
  }
  return runs;
}

async function readFinishedRun(name: string): Promise<FinishedRun> {
  const isFolder = (await stat(name).catch(() => undefined))?.isDirectory() ?? false;
  const hasRecord = isFolder && (await readdir(name)).includes('run.json');
  if (!hasRecord) {
    throw isFolder && (await hasCheckpoint(name))
      ? unfinished(name, 'it has a checkpoint only')
      : new SelvedgeError('missing-file', `There is no run in ${name}; name folders that selvedge train has written.`);
  }
  const record = await readRun(name);
  if (record.status !== 'finished') {
    throw unfinished(name, `it was stopped after ${record.epochs} of ${record.configuration.epochs} epochs`);
  }
  const { network, configuration, preprocessing, parameters, weightsSha256 } = record;
  return { name, record, network, configuration, preprocessing, parameters, weightsSha256 };
}

function unfinished(name: string, why: string): SelvedgeError {
  return new SelvedgeError(
    'bad-data',
    `The run in ${name} is not finished (${why}); finish it with selvedge train --resume ${name}, or leave it out.`,
  );
}

/** The name of a file of the data set that two runs do not share. */
function differingFile({ dataset: a }: RunRecord, { dataset: b }: RunRecord): string | undefined {
  return [...Object.keys(a.files), ...Object.keys(b.files)].find((file) => a.files[file] !== b.files[file]);
}

export interface CompareRunsOptions {
  /** From `readFinishedRuns`. */
  readonly runs: readonly FinishedRun[];
  /** The data set of the runs. */
  readonly data: LoadedDataset;
  readonly threads: number;
  readonly onProgress?: (share: number, doing: string) => void;
}

/**
 * Evaluates the runs' models on the test set, and compares groups of runs that differ by their seed only.
 * @throws SelvedgeError 'bad-data' where a model's weights or accuracy are not those of its record
 */
export async function compareRuns({ runs, data, threads, onProgress }: CompareRunsOptions): Promise<Comparison> {
  const { groups, repeated } = groupRuns(runs);
  requireSameData(runs[0]!.record.dataset.files, data);
  const { classNames } = runs[0]!.record.dataset;
  const other = runs.find(({ record }) => record.dataset.classNames.join() !== classNames.join());
  if (other) {
    throw new SelvedgeError(
      'bad-data',
      `${runs[0]!.name} and ${other.name} were trained on different classes, so their figures cannot be compared; name runs with the same classes.`,
    );
  }
  const notes = repeated.map(({ name, as }) => `${name} has the seed and the weights of ${as} and is counted once.`);
  const all = groups.reduce((sum, group) => sum + group.runs.length, 0);
  const compared: ComparedRun[][] = [];
  for (const group of groups) {
    const own: ComparedRun[] = [];
    for (const run of group.runs) {
      const before = compared.flat().length + own.length;
      const { figures, note } = await evaluateRun(run, data, threads, (share) =>
        onProgress?.((before + share) / all, `evaluating ${run.name}`),
      );
      own.push(figures);
      if (note) notes.push(note);
    }
    compared.push(own);
  }
  return compareGroups({
    selvedge: version,
    dataset: { name: data.name, testImages: compared[0]![0]!.correct.length },
    groups: groups.map(({ label, runs: own }, i) => {
      const layers = summarise(buildNetwork(own[0]!.network.spec));
      const multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
      return { label, parameters: own[0]!.parameters, multiplyAdds, runs: compared[i]! };
    }),
    notes,
  });
}

async function evaluateRun(
  { name, record }: FinishedRun,
  data: LoadedDataset,
  threads: number,
  onProgress: (share: number) => void,
): Promise<{ figures: ComparedRun; note: string | undefined }> {
  const model = await loadModel(name);
  if ((await sha256(littleEndianBytes(model.parameters))) !== record.weightsSha256) {
    throw new SelvedgeError(
      'bad-data',
      `The weights of the model in ${name} are not those of its run.json, so one of the two files was replaced; train the run again.`,
    );
  }
  const { test } = fitData(model, data);
  let read = 0;
  const counted = reportReads(test, (images) => {
    onProgress(read / test.count);
    read += images;
  });
  const classifier = await openClassifier(model, { threads });
  const scored = await classifier.score(counted).finally(() => classifier.close());
  const temperature = model.reliability?.calibration.temperature ?? null;
  const { measures, correct } = measureTest(scored, test.labels, temperature);
  const isSameAccuracy = measures.accuracy === record.testAccuracy;
  const isSameEngine = (await nodeEngine()).wasmSha256 === record.engine.wasmSha256;
  const [now, before] = [measures.accuracy, record.testAccuracy].map((share) => `${(share * 100).toFixed(2)} %`);
  const accuracies = `${now} now, ${before} in its run.json`;
  if (!isSameAccuracy && isSameEngine) {
    throw new SelvedgeError(
      'bad-data',
      `The test accuracy of ${name} is ${accuracies}, so its run.json was changed; train the run again.`,
    );
  }
  const figures: ComparedRun = {
    run: name,
    seed: record.configuration.seed,
    ...measures,
    secondsPerEpoch: record.secondsPerEpoch,
    trainingSeconds: record.history.reduce((sum, { seconds }) => sum + seconds, 0),
    threads: record.engine.threads,
    processor: record.machine.processor,
    correct,
  };
  const note = isSameAccuracy ? undefined : `${name} was trained with another build of the engine: ${accuracies}.`;
  return { figures, note };
}

/**
 * Writes `index.html` and `compare.json` to a folder, which is made.
 * @returns their absolute paths
 * @throws SelvedgeError 'cannot-write'
 */
export async function writeComparison(folder: string, comparison: Comparison) {
  await writeTogether(resolve(folder), {
    [recordName]: `${JSON.stringify(comparison, null, 2)}\n`,
    [pageName]: comparisonPage(comparison),
  });
  return { page: resolve(folder, pageName), json: resolve(folder, recordName) };
}

/**
 * Makes the folder for a comparison. Another page in it, such as a run's, must not be overwritten.
 * @throws SelvedgeError 'cannot-write'
 */
export async function prepareComparisonFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  const names = await readdir(folder);
  if (!names.includes(pageName) || (await holdsComparison(folder))) return;
  throw new SelvedgeError(
    'cannot-write',
    `${folder} contains an ${pageName} that is not a comparison's; choose another folder with --out.`,
  );
}

async function holdsComparison(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, recordName), 'utf8').catch(() => '');
  return text.slice(0, 100).includes(format);
}
