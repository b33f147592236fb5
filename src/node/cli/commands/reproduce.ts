import { Command } from 'commander';
import { isTrained } from '../../../views/headline.ts';
import { plural } from '../../../views/numbers.ts';
import { nodeEngine } from '../../engine.ts';
import { requireSamePictures } from '../../runs/pictureList.ts';
import { readRun } from '../../runs/readRun.ts';
import { reproduce } from '../../runs/reproduce.ts';
import { availableThreads } from '../../workers/available.ts';
import { interruptible } from '../interruption.ts';
import { loadWithProgress } from '../loading.ts';
import { threadsOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';
import { trainingReporter, transferReporter } from '../trainingReporter.ts';

/** `selvedge reproduce RUN`. */
export function reproduceCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('reproduce')
    .argument('<run>', "a run's folder")
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option(
      '--threads <n>',
      'worker threads; the bits do not depend on them (default: the available cores)',
      threadsOption,
    )
    .option('--json', 'end with one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  selvedge reproduce runs/first
  selvedge reproduce runs/first --threads 1

Exit status 0: the same bits; 1: they differ.`,
    )
    .action(async (folder: string, flags: { data?: string; threads?: number; json?: true }) => {
      const run = await readRun(folder);
      const data = await loadWithProgress(flags.data, stderr, {
        shape: run.preprocessing.reshape,
        splitSeed: run.configuration.validationSeed,
      });
      await requireSamePictures(folder, data);
      const { wasmSha256 } = await nodeEngine();
      const engines = [...(run.engine.earlierEngines ?? []), run.engine.wasmSha256];
      if (engines.some((sha) => sha !== wasmSha256)) {
        stderr.write(
          'The run was trained, at least in part, with another build of the engine, so its bits may differ.\n',
        );
      }
      const progress = progressOn(stderr);
      const reporter = trainingReporter(progress);
      const threads = flags.threads ?? availableThreads();
      const result = await interruptible(reporter.onStop, (signal) =>
        reproduce(run, data, {
          ...reporter,
          ...{ threads, signal },
          onTransfer: transferReporter(progress),
        }),
      ).finally(() => progress.done(''));
      const { same, firstDifferentEpoch, epochs, weightsSha256 } = result;
      const text = !isTrained(run)
        ? same
          ? 'same bits: the weights equal those of the run'
          : 'different bits: the weights are not those of the run'
        : same
          ? `same bits: the weights after each of ${plural(epochs, 'epoch')} equal those of the run`
          : firstDifferentEpoch === undefined
            ? 'different bits: every epoch agrees, but the final weights do not'
            : `different bits: epoch ${firstDifferentEpoch} is the first that differs`;
      stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `${text}\nweights SHA-256    ${weightsSha256}\n`);
      if (!same) process.exitCode = 1;
    });
}
