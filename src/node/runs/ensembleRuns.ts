import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import type { LabelledImages } from '../../core/data/images.ts';
import type { IndexSplit } from '../../core/data/split.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { fitReliability, mostFitted } from '../../core/evaluation/fitReliability.ts';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import { isEnsemble, type NamedModel } from '../../core/model/ensemble.ts';
import type { Ensemble } from '../../core/model/model.ts';
import type { ReliabilityMetadata } from '../../core/model/reliability.ts';
import { splitFor } from '../../core/training/train.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { fitData } from '../fit.ts';
import { openClassifier } from '../index.ts';
import { loadServableModel, modelFileName, placeOfModel } from '../models.ts';
import { version } from '../version.ts';
import { readRun, requireSameData } from './readRun.ts';
import { reportReads } from './reportReads.ts';
import { makeFolder } from './writeWhole.ts';

/** A model, and the record of the run that trained it; null where there is none. */
export interface TrainedModel extends NamedModel {
  readonly record: RunRecord | null;
}

/**
 * Reads a model with the record of its run, if that is beside it.
 * @throws SelvedgeError 'missing-file' or 'bad-model'; 'bad-data' for a record that cannot be read
 */
export async function loadTrainedModel(name: string): Promise<TrainedModel> {
  const model = await loadServableModel(name);
  const { folder, file } = await placeOfModel(name);
  const isRun = basename(file) === modelFileName && (await readdir(folder)).includes('run.json');
  if (!isRun || isEnsemble(model)) return { name, model, record: null };
  const record = await readRun(folder);
  const isOwn = (await sha256(littleEndianBytes(model.parameters))) === record.weightsSha256;
  return { name, model, record: isOwn ? record : null };
}

/**
 * The file of a new ensemble: the given `.safetensors` file, or that of the given folder. Its folder is made, so that one that cannot be
 * written is reported before the work.
 * @throws SelvedgeError 'cannot-write' where it exists already
 */
export async function newModelFile(out: string): Promise<string> {
  const file = resolve(extname(out) === '.safetensors' ? out : join(out, modelFileName));
  if (await stat(file).catch(() => undefined)) {
    throw new SelvedgeError('cannot-write', `${file} exists already; choose another file or folder with --out.`);
  }
  await makeFolder(dirname(file));
  return file;
}

/** Why the members' records do not allow reliability metadata to be fitted; undefined where they do, but for the validation images. */
export function whyNotFitted(models: readonly TrainedModel[]): string | undefined {
  const [first] = models;
  for (const { name, record } of models) {
    if (!record) return `there is no run.json of ${name}`;
    if (record.dataset.validationImages === 0) return `${name} was trained without validation images`;
    const { files } = first!.record!.dataset;
    if (Object.entries(record.dataset.files).some(([file, own]) => files[file] !== own)) {
      return `${first!.name} and ${name} were trained on different data sets`;
    }
  }
  return undefined;
}

export interface FitEnsembleOptions {
  readonly ensemble: Ensemble;
  /** Its models, with records for which `whyNotFitted` has no reason. */
  readonly models: readonly TrainedModel[];
  readonly data: LoadedDataset;
  readonly threads: number;
  readonly onProgress: (share: number) => void;
}

/** Reliability metadata, or why there is none. */
export type FittedEnsemble =
  | { readonly reliability: ReliabilityMetadata }
  | { readonly reliability: null; readonly why: string };

/**
 * Fits the ensemble's reliability metadata on the validation images, where all members kept the same ones out of training.
 * @throws SelvedgeError 'bad-data' where the data set is not the one that they were trained on
 */
export async function fitEnsemble({
  ensemble,
  models,
  data: whole,
  threads,
  onProgress,
}: FitEnsembleOptions): Promise<FittedEnsemble> {
  const [first, ...others] = models.map(({ name, record }) => ({ name, record: record! }));
  requireSameData(first!.record.dataset.files, whole);
  const data = fitData(ensemble, whole);
  const split = splitFor(data, first!.record.configuration);
  const inOrder = ({ train, validation }: IndexSplit) => `${train}|${validation}`;
  for (const { name, record } of others) {
    if (inOrder(splitFor(data, record.configuration)) === inOrder(split)) continue;
    const why = `${first!.name} and ${name} kept different images out of training; train them with one --validation-seed`;
    return { reliability: null, why };
  }
  const images = split.validation.length + data.test.count + Math.min(mostFitted, split.train.length);
  let read = 0;
  const counted = (set: LabelledImages) =>
    reportReads(set, (more) => {
      onProgress(read / images);
      read += more;
    });
  const classifier = await openClassifier(ensemble, { threads });
  try {
    const reliability = await fitReliability({
      classifier,
      data: { ...data, train: counted(data.train), test: counted(data.test) },
      trainSamples: split.train,
      chosenBy: { validationSamples: split.validation },
      selvedge: version,
    });
    return { reliability };
  } finally {
    await classifier.close();
  }
}
