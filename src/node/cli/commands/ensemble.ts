import { Command } from 'commander';
import { costOf, createEnsemble } from '../../../core/model/ensemble.ts';
import type { Ensemble } from '../../../core/model/model.ts';
import { plural } from '../../../views/numbers.ts';
import { saveModel } from '../../models.ts';
import {
  type FittedEnsemble,
  fitEnsemble,
  loadTrainedModel,
  newModelFile,
  type TrainedModel,
  whyNotFitted,
} from '../../runs/ensembleRuns.ts';
import { availableThreads } from '../../workers/available.ts';
import { formatCost } from '../formatEvaluation.ts';
import { loadWithProgress } from '../loading.ts';
import { threadsOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';
import { formatReliability } from '../trainingReporter.ts';

interface Flags {
  out: string;
  data?: string | false;
  threads?: number;
  json?: true;
}

/** `selvedge ensemble MODEL… --out FILE`. */
export function ensembleCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('ensemble')
    .argument('<models...>', "runs' folders or .safetensors files, at least two")
    .requiredOption('--out <path>', 'the new .safetensors file, or a folder for model.safetensors')
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--no-data', 'without a data set: no calibration and no in-distribution score')
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option('--json', 'print one JSON object instead of words')
    .addHelpText(
      'after',
      `
Examples:
  selvedge ensemble runs/seed-0 runs/seed-1 runs/seed-2 --out ensembles/three
  selvedge ensemble runs/a runs/b --out both.safetensors
  selvedge evaluate ensembles/three
  selvedge serve ensembles/three

The ensemble's probabilities are the means of its members'. It costs as much as all of them together, and predict, evaluate and
serve take it like any model. Its calibration and in-distribution score are fitted on validation images if all members kept the
same ones out of training, by the same --validation, --limit and --seed.`,
    )
    .action(async (paths: string[], flags: Flags) => {
      const models: TrainedModel[] = [];
      for (const path of paths) models.push(await loadTrainedModel(path));
      const ensemble = createEnsemble(models);
      const file = await newModelFile(flags.out);
      const fitted = await fitWithProgress(ensemble, models, flags, stderr);
      const { reliability } = fitted;
      const model: Ensemble = reliability ? { ...ensemble, reliability } : ensemble;
      await saveModel(model, file);
      const cost = costOf(model);
      if (flags.json) {
        const why = reliability ? undefined : fitted.why;
        const calibration = reliability?.calibration ?? null;
        stdout.write(`${JSON.stringify({ file, models: paths, ...cost, calibration, why })}\n`);
        return;
      }
      const reliabilityLines = reliability
        ? formatReliability(reliability)
        : [`calibration        none, and no in-distribution score: ${fitted.why}`];
      stdout.write(
        [
          `ensemble           ${plural(model.members.length, 'model')}`,
          `cost               ${formatCost(cost)}`,
          ...reliabilityLines,
          `model              ${file}`,
          '',
        ]
          .join('\n')
          .replaceAll('\u00a0', ' '),
      );
    });
}

async function fitWithProgress(
  ensemble: Ensemble,
  models: readonly TrainedModel[],
  { data: folder, threads = availableThreads() }: Flags,
  stderr: Streams['stderr'],
): Promise<FittedEnsemble> {
  const why = folder === false ? 'the option --no-data was given' : whyNotFitted(models);
  if (folder === false || why !== undefined) return { reliability: null, why: why! };
  const data = await loadWithProgress(folder, stderr, {
    shape: ensemble.preprocessing.reshape,
    splitSeed: models[0]?.record?.configuration.validationSeed,
  });
  const progress = progressOn(stderr);
  try {
    const onProgress = (share: number) => progress.update(share, 'calibrating');
    return await fitEnsemble({ ensemble, models, data, threads, onProgress });
  } finally {
    progress.done('');
  }
}
