import { unlink } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { imageAt } from '../../core/data/split.ts';
import { openClassifier } from '../../core/evaluation/classifier.ts';
import { littleEndianBytes, sha256 } from '../../core/files/bytes.ts';
import type { Evaluation } from '../../core/files/evaluationRecord.ts';
import { writeModel } from '../../core/files/modelFile.ts';
import type { RunRecord, StepFigures } from '../../core/files/runRecord.ts';
import { summarise } from '../../core/network/summary.ts';
import { median } from '../../core/training/figures.ts';
import { type Trained, type TrainOptions, train } from '../../core/training/train.ts';
import { runPage } from '../../views/runPage.ts';
import type { LoadedDataset } from '../data/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { makeFolder, writeFileWhole } from '../files/writeWhole.ts';
import { modelFileName } from '../models.ts';
import { version } from '../version.ts';

export interface TrainRunOptions extends Omit<TrainOptions, 'clock'> {
  readonly data: LoadedDataset;
  /** What the network is called in `run.json`. */
  readonly networkName: string;
  /** The run's folder; made where it is missing. */
  readonly folder: string;
  /** Called when training is over and the scores are being taken. */
  readonly onEvaluation?: () => void;
}

export interface TrainRun {
  readonly record: RunRecord;
  readonly evaluation: Evaluation;
  /** Absolute path of the run's page. */
  readonly page: string;
}

/**
 * Trains, evaluates, and writes the run's folder: `model.safetensors`, `metrics.jsonl`, `run.json`, `index.html`. Every
 * file is written whole or not at all, and nothing is replaced before training is over.
 * @throws SelvedgeError as `train` does, and 'cannot-write' before training begins when the folder cannot be written
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainRun> {
  const { data, threads } = options;
  const folder = resolve(options.folder);
  await prepareFolder(folder);
  const engine = await nodeEngine();
  const startedAt = new Date().toISOString();
  const steps: StepFigures[] = [];
  const trained = await train(data, engine, {
    ...options,
    clock: () => performance.now(),
    onStep(progress) {
      const { epoch, step, loss, accuracy } = progress;
      steps.push({ epoch, step, loss, accuracy });
      options.onStep?.(progress);
    },
  });

  options.onEvaluation?.();
  const { model, history, configuration, status } = trained;
  const classifier = await openClassifier(model, engine, threads);
  const onTrain = await classifier.evaluate(data.train, trained.trainSamples);
  const evaluation = await classifier.evaluate(data.test);
  await classifier.close();

  const modelPath = join(folder, modelFileName);
  const record: RunRecord = {
    format: 'selvedge-run',
    version: 1,
    status,
    run: folder,
    model: modelPath,
    network: { name: options.networkName, spec: model.network.spec },
    configuration,
    dataset: {
      name: data.name,
      classNames: data.classNames,
      trainImages: trained.trainSamples.length,
      validationImages: trained.validationSamples.length,
      testImages: data.test.count,
      files: data.files,
    },
    preprocessing: model.preprocessing,
    engine: { selvedge: version, wasmSha256: engine.wasmSha256, threads },
    machine: {
      runtime: `Node.js ${process.versions.node}`,
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
    },
    startedAt,
    parameters: model.network.parameterCount,
    ...figures(trained, onTrain, evaluation),
    weightsSha256: await sha256(littleEndianBytes(model.parameters)),
    history,
    evaluation,
  };
  await writeFileWhole(modelPath, writeModel(model));
  await writeFileWhole(join(folder, 'metrics.jsonl'), steps.map((step) => `${JSON.stringify(step)}\n`).join(''));
  await writeFileWhole(join(folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  const page = join(folder, 'index.html');
  const mistakes = evaluation.mistakes.map((mistake) => ({ mistake, image: imageAt(data.test, mistake.index) }));
  await writeFileWhole(page, runPage({ record, layers: summarise(model.network), steps, evaluation, mistakes }));
  return { record, evaluation, page };
}

function figures({ history }: Trained, onTrain: Evaluation, onTest: Evaluation) {
  return {
    epochs: history.length,
    secondsPerEpoch: history.length > 0 ? median(history.map(({ seconds }) => seconds)) : null,
    trainAccuracy: history.at(-1)?.accuracy ?? null,
    trainAccuracyEvaluated: onTrain.accuracy,
    testAccuracy: onTest.accuracy,
    testLoss: onTest.loss,
  };
}

/** Finds out before the work, not after it, whether the folder can be written. */
async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  const probe = join(folder, '.selvedge-probe');
  await writeFileWhole(probe, '');
  await unlink(probe);
}
