import { cpus } from 'node:os';
import { join } from 'node:path';
import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import { fitImages } from '../../core/data/fitPicture.ts';
import { imageAt } from '../../core/data/images.ts';
import type { Engine } from '../../core/engine/start.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type ChosenBy, fitReliability } from '../../core/evaluation/fitReliability.ts';
import { evaluateModel } from '../../core/evaluation/scores.ts';
import type { TrainingIdentity } from '../../core/formats/checkpointFile.ts';
import { writeModel } from '../../core/formats/modelFile.ts';
import type { RunRecord } from '../../core/formats/runRecord.ts';
import { summarise } from '../../core/graph/summary.ts';
import { openClassifier } from '../../core/model/classifier.ts';
import type { LayerFeatures } from '../../core/model/embedding.ts';
import type { Model } from '../../core/model/model.ts';
import { chosenData } from '../../core/training/configuration.ts';
import type { StepMetrics } from '../../core/training/history.ts';
import { median } from '../../core/training/metrics.ts';
import type { Trained } from '../../core/training/train.ts';
import type { TransferRecord } from '../../core/transfer/record.ts';
import { runPage } from '../../views/runPage.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { modelFileName } from '../models.ts';
import { version } from '../version.ts';
import { asLines, removeCheckpoints } from './checkpoints.ts';
import { pictureList, pictureListName } from './pictureList.ts';
import type { RunReliability } from './reliabilitySource.ts';
import { writeTogether } from './writeTogether.ts';
import { writeFileWhole } from './writeWhole.ts';

const pageName = 'index.html';

/** Of photos: fewer validation pictures say too little about probabilities. */
const leastForCalibration = 100;

export interface FinishedTraining {
  readonly trained: Trained & { readonly transfer?: TransferRecord; readonly trainFeatures?: LayerFeatures };
  /** The whole data set, of which the configuration may have chosen some classes. */
  readonly data: LoadedDataset;
  readonly networkName: string;
  /** Absolute path of the run's folder, which exists. */
  readonly folder: string;
  /** The folder's path in `run.json` and on the page, where it will be moved there. */
  readonly recordedFolder?: string | undefined;
  readonly engine: Engine;
  readonly threads: number;
  readonly identity: Pick<TrainingIdentity, 'earlierEngines' | 'startedAt'>;
  readonly steps: readonly StepMetrics[];
  readonly reliabilityFrom?: RunReliability;
  readonly onEvaluation?: () => void;
}

export interface TrainRun {
  readonly record: RunRecord;
  readonly model: Model;
  /** Absolute path of the run's page. */
  readonly page: string;
  /** Writes the page again with a link to an inspection's report, given by its path relative to the page. */
  readonly linkInspection: (report: string) => Promise<void>;
}

/**
 * Evaluates what was trained, and writes the run's folder: `model.safetensors`, `metrics.jsonl`, `run.json`, `index.html`. They are
 * written together or not at all.
 * @throws SelvedgeError 'not-finite' where the trained network's outputs are not numbers; 'cannot-write'
 */
export async function concludeRun(options: FinishedTraining): Promise<TrainRun> {
  const { trained, folder, recordedFolder = folder, engine, threads, identity, steps } = options;
  const { history, configuration, status, transfer } = trained;
  const { preprocessing } = trained.model;
  const chosen = chosenData(options.data, configuration);
  const data = {
    ...chosen,
    train: fitImages(chosen.train, preprocessing),
    test: fitImages(chosen.test, preprocessing),
  };

  options.onEvaluation?.();
  const classifier = await openClassifier(trained.model, engine, threads);
  const { trainSamples, validationSamples } = trained;
  const least = data.pictures ? leastForCalibration : 1;
  const chosenBy: ChosenBy | undefined =
    validationSamples.length >= least ? { validationSamples } : options.reliabilityFrom;
  const scores = async () => ({
    onTrain: await evaluateModel(classifier, data.train, trainSamples),
    evaluation: await evaluateModel(classifier, data.test),
    reliability:
      chosenBy &&
      (await fitReliability({
        ...{ classifier, data, trainSamples, chosenBy, selvedge: version },
        trainFeatures: trained.trainFeatures,
      })),
  });
  const { onTrain, evaluation, reliability } = await scores()
    .catch(async (cause: unknown) => {
      if (!(cause instanceof SelvedgeError) || cause.code !== 'not-finite') throw cause;
      await removeCheckpoints(folder);
      const last = steps.at(-1);
      throw new SelvedgeError(
        'not-finite',
        `After step ${last?.step} of epoch ${last?.epoch}, the last one, the network's outputs are not numbers, so nothing was written; try a learning rate below ${configuration.learningRate}.`,
        { cause },
      );
    })
    .finally(() => classifier.close());

  const model: Model = { ...trained.model, ...(reliability && { reliability }) };
  const record: RunRecord = {
    format: 'selvedge-run',
    version: 1,
    status,
    run: recordedFolder,
    model: join(recordedFolder, modelFileName),
    network: { name: options.networkName, spec: model.network.spec },
    configuration,
    ...(transfer && { transfer }),
    dataset: {
      name: data.name,
      classNames: data.classNames,
      trainImages: trainSamples.length,
      validationImages: validationSamples.length,
      testImages: data.test.count,
      files: data.files,
    },
    preprocessing: model.preprocessing,
    engine: {
      selvedge: version,
      wasmSha256: engine.wasmSha256,
      threads,
      ...(identity.earlierEngines.length > 0 && { earlierEngines: identity.earlierEngines }),
    },
    machine: {
      runtime: `Node.js ${process.versions.node}`,
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
    },
    startedAt: identity.startedAt,
    parameters: model.network.parameterCount,
    epochs: history.length,
    secondsPerEpoch: history.length > 0 ? median(history.map(({ seconds }) => seconds)) : null,
    trainAccuracy: history.at(-1)?.accuracy ?? null,
    trainAccuracyEvaluated: onTrain.accuracy,
    testAccuracy: evaluation.accuracy,
    testLoss: evaluation.loss,
    weightsSha256: await sha256(littleEndianBytes(model.parameters)),
    history,
    evaluation,
  };
  const mistakes = await Promise.all(
    evaluation.mistakes.map(async (mistake) => ({ mistake, image: await imageAt(data.test, mistake.index) })),
  );
  const pageData = { record, layers: summarise(model.network), steps, mistakes };
  const page = join(folder, pageName);
  const list = pictureList(options.data);
  await writeTogether(folder, {
    ...(list !== undefined && { [pictureListName]: list }),
    [modelFileName]: writeModel(model),
    'metrics.jsonl': asLines(steps),
    'run.json': `${JSON.stringify(record, null, 2)}\n`,
    [pageName]: runPage(pageData),
  });
  if (status === 'finished') await removeCheckpoints(folder);
  const linkInspection = (inspection: string) => writeFileWhole(page, runPage({ ...pageData, inspection }));
  return { record, model, page, linkInspection };
}
