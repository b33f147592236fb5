import { join } from 'node:path';
import { Command } from 'commander';
import { buildNetwork } from '../../core/network/network.ts';
import { formatSummary } from '../../core/network/summary.ts';
import { configurationFor, defaultConfiguration } from '../../core/training/train.ts';
import { fixed, integer, percent } from '../../views/numbers.ts';
import { trainRun } from '../run/trainRun.ts';
import { availableThreads } from '../threads/available.ts';
import { loadWithProgress } from './loading.ts';
import { countOption, naturalOption, networkOption, positiveOption } from './options.ts';
import { createProgress } from './progress.ts';
import type { Streams } from './streams.ts';

/** What the reference job's description reports for its test accuracy. */
const reportedTestAccuracy = 0.8936;

interface TrainFlags {
  network: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  seed: number;
  limit?: number;
  validation: number;
  threads?: number;
  data?: string;
  out?: string;
  json?: true;
}

/** `selvedge train`. */
export function trainCommand({ stdout, stderr }: Streams = process): Command {
  const d = defaultConfiguration;
  return new Command('train')
    .description('train a classifier, score it on the test set, and write a run folder')
    .option('--network <name>', 'a built-in network (seed) or a JSON file with a list of layers', 'seed')
    .option('--epochs <n>', 'times through the training set', countOption, d.epochs)
    .option('--batch-size <n>', 'images between two updates of the weights', countOption, d.batchSize)
    .option('--learning-rate <x>', "Adam's step size", positiveOption, d.learningRate)
    .option('--seed <n>', 'decides initial weights, order and dropout', naturalOption, d.seed)
    .option('--limit <n>', 'train on the first n images only; the test set stays whole', countOption)
    .option('--validation <n>', 'images taken out of training to make choices on', naturalOption, d.validation)
    .option(
      '--threads <n>',
      'worker threads; changes the time, not the result (default: the cores at hand)',
      countOption,
    )
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--out <dir>', 'the run folder (default: ./runs/<time>)')
    .option('--json', 'end with one JSON object on standard output')
    .action(async (flags: TrainFlags) => {
      const network = await networkOption(flags.network);
      const built = buildNetwork(network.spec);
      const data = await loadWithProgress(flags.data, stderr);
      const configuration = configurationFor(data, flags);
      const threads = flags.threads ?? availableThreads();
      const folder = flags.out ?? join('runs', timestamp(new Date()));

      const progress = createProgress(stderr, { isTTY: stderr.isTTY ?? false, columns: () => stderr.columns ?? 80 });
      const say = flags.json ? stderr : stdout;
      say.write(`${formatSummary(built)}\n\n`);
      if (configuration.batchSize < flags.batchSize) {
        say.write(
          `The batch size is lowered from ${flags.batchSize} to ${configuration.batchSize}, the number of training images.\n`,
        );
      }
      const images = (configuration.limit ?? data.train.count) - configuration.validation;
      say.write(
        `Training on ${integer(images)} images of ${data.name}, ${configuration.epochs} epochs in batches of ${configuration.batchSize}, ` +
          `seed ${configuration.seed}, ${threads} ${threads === 1 ? 'thread' : 'threads'}. Ctrl-C stops and keeps what was learnt.\n`,
      );

      const interruption = new AbortController();
      const interrupt = () => {
        progress.log('Stopping after this step …');
        interruption.abort();
      };
      process.once('SIGINT', interrupt);
      try {
        const run = await trainRun({
          ...configuration,
          data,
          networkName: network.name,
          network: network.spec,
          folder,
          threads,
          signal: interruption.signal,
          onStep({ epoch, epochs, step, stepsPerEpoch, loss, accuracy, imagesPerSecond }) {
            progress.update(
              (epoch - 1 + step / stepsPerEpoch) / epochs,
              `epoch ${epoch}/${epochs}  step ${step}/${stepsPerEpoch}  loss ${fixed(loss, 3)}  accuracy ${percent(accuracy, 1)}`,
              () => `${integer(Math.round(imagesPerSecond))} images/s`,
            );
          },
          onEpoch({ epoch, loss, accuracy, validationLoss, validationAccuracy, seconds }) {
            const validated =
              validationAccuracy === undefined || validationLoss === undefined
                ? ''
                : `  validation loss ${fixed(validationLoss, 4)}  accuracy ${percent(validationAccuracy, 2)}`;
            progress.log(
              `epoch ${epoch}: loss ${fixed(loss, 4)}  accuracy ${percent(accuracy, 2)}${validated}  (${fixed(seconds, 1)} s)`,
            );
          },
          onEvaluation: () => progress.done('Scoring …'),
        });
        const { record, page } = run;
        if (record.status === 'stopped')
          say.write(`Stopped after ${record.epochs} whole epochs; what was learnt is kept.\n`);
        say.write(
          `\ntest accuracy      ${percent(record.testAccuracy, 2)}   (the reference job reports ${percent(reportedTestAccuracy, 2)})\n` +
            `test loss          ${fixed(record.testLoss, 4)}\n` +
            `training accuracy  ${percent(record.trainAccuracyEvaluated, 2)} with dropout off` +
            `${record.trainAccuracy === null ? '' : `, ${percent(record.trainAccuracy, 2)} while training`}\n` +
            `${record.secondsPerEpoch === null ? '' : `seconds per epoch  ${fixed(record.secondsPerEpoch, 2)}\n`}` +
            `weights SHA-256    ${record.weightsSha256}\n` +
            `model              ${record.model}\n` +
            `look at            ${page}\n`,
        );
        if (flags.json) stdout.write(`${JSON.stringify(record)}\n`);
      } finally {
        process.off('SIGINT', interrupt);
        progress.done('');
      }
    });
}

/** 2026-05-31T12:04:09.123Z → 2026-05-31T12-04-09. */
function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(':', '-');
}
