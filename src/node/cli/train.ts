import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { SelvedgeError } from '../../core/errors.ts';
import { buildNetwork } from '../../core/graph/graph.ts';
import { formatSummary } from '../../core/graph/summary.ts';
import { configurationFor, defaultConfiguration } from '../../core/training/train.ts';
import { integer, plural } from '../../views/numbers.ts';
import { type FoundCheckpoint, hasCheckpoint } from '../runs/checkpoints.ts';
import { newRunFolder } from '../runs/newRunFolder.ts';
import { bitsInWords } from '../runs/publishedWeights.ts';
import { type Asked, findResumable, requireSameConfiguration, requireSameData } from '../runs/resume.ts';
import { trainRun } from '../runs/trainRun.ts';
import { availableThreads } from '../workers/available.ts';
import { interruptedStatus, interruptible } from './interruption.ts';
import { loadWithProgress } from './loading.ts';
import { countOption, naturalOption, networkOption, positiveOption, threadsOption } from './options.ts';
import { progressOn, type Streams } from './streams.ts';
import { inWords, trainingReporter } from './trainingReporter.ts';

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
  resume?: string;
  allowDifferentEngine?: true;
  checkpointSeconds: number;
  inspect?: true;
  json?: true;
}

/** The options that a resumed run may not change. */
const settled = ['network', 'epochs', 'batchSize', 'learningRate', 'seed', 'limit', 'validation'] as const;

/** `selvedge train`. */
export function trainCommand({ stdout, stderr }: Streams = process): Command {
  const d = defaultConfiguration;
  return new Command('train')
    .description('train a classifier, score it on the test set, and write a run folder')
    .option('--network <name>', 'a built-in network (reference) or a JSON file with a list of layers', 'reference')
    .option('--epochs <n>', 'times through the training set', countOption, d.epochs)
    .option('--batch-size <n>', 'images between two updates of the weights', countOption, d.batchSize)
    .option('--learning-rate <x>', "Adam's step size", positiveOption, d.learningRate)
    .option('--seed <n>', 'decides initial weights, order and dropout', naturalOption, d.seed)
    .option('--limit <n>', 'train on the first n images only; the test set stays whole', countOption)
    .option('--validation <n>', 'images taken out of training to make choices on', naturalOption, d.validation)
    .option(
      '--threads <n>',
      'worker threads; changes the time, not the result (default: the cores at hand)',
      threadsOption,
    )
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--out <dir>', 'the run folder (default: ./runs/<time>)')
    .option('--resume <run>', 'go on with a run that was stopped or broke off, as if nothing had happened')
    .option('--allow-different-engine', 'with --resume: even if another build of the engine began the run')
    .option('--checkpoint-seconds <n>', 'how often to save within an epoch, beside every end of one', countOption, 30)
    .option('--inspect', "look inside the trained model: a report in the folder's 'inspection' (see selvedge inspect)")
    .option('--json', 'end with one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  selvedge train                                          the reference job: 60,000 images, 5 epochs
  selvedge train --limit 6000 --epochs 2 --out runs/first a look, in seconds
  selvedge train --validation 5000 --seed 1               with 5,000 images kept out to make choices on
  selvedge train --network mine.json --json > result.json a network of your own, the result for a program
  selvedge train --inspect                                and then a report of what was learnt, layer by layer
  selvedge train --resume runs/first                      go on after a crash, a kill or Ctrl-C

The folder gets model.safetensors, run.json, metrics.jsonl and index.html, the page to look at. Ctrl-C stops after the
current step and keeps what was learnt (exit status 130); a second Ctrl-C quits at once. Until a run is over,
its folder also holds checkpoints, and --resume ends with the same bits as if nothing had happened.`,
    )
    .action(async (flags: TrainFlags, command: Command) => {
      const resumable = flags.resume === undefined ? undefined : await resumableRun(flags.resume, flags);
      const asked = resumable && (await askedBeside(flags, command));
      const network = resumable
        ? { name: resumable.checkpoint.identity.network.name, spec: resumable.spec }
        : await networkOption(flags.network);
      const built = buildNetwork(network.spec);
      if (!resumable && flags.out !== undefined && (await hasCheckpoint(flags.out))) {
        throw new SelvedgeError(
          'bad-option',
          `${flags.out} holds a run that is not over; go on with --resume ${flags.out}, or choose another folder.`,
        );
      }
      const data = await loadWithProgress(flags.data, stderr);
      if (resumable && asked) {
        requireSameData(resumable, data);
        requireSameConfiguration(resumable, asked, data);
      }
      const configuration = resumable?.checkpoint.identity.configuration ?? configurationFor(data, flags);
      const threads = flags.threads ?? availableThreads();

      const say = flags.json ? stderr : stdout;
      say.write(`${formatSummary(built)}\n\n`);
      if (!resumable && configuration.batchSize < flags.batchSize) {
        say.write(
          `The batch size is lowered from ${flags.batchSize} to ${configuration.batchSize}, the number of training images.\n`,
        );
      }
      const images = (configuration.limit ?? data.train.count) - configuration.validation;
      say.write(
        `Training on ${integer(images)} images of ${data.name}, ${plural(configuration.epochs, 'epoch')} in batches of ${configuration.batchSize}, ` +
          `seed ${configuration.seed}, ${plural(threads, 'thread')}. Ctrl-C stops and keeps what was learnt.\n`,
      );

      if (resumable) say.write(`${resumedInWords(resumable.checkpoint)}\n`);
      const cores = availableThreads();
      if (threads > cores) {
        say.write(
          `${threads} threads are more than the ${plural(cores, 'core')} at hand: the same result, hardly sooner.\n`,
        );
      }
      const folder = flags.resume ?? flags.out ?? (await newRunFolder('runs', new Date()));
      const progress = progressOn(stderr);
      const reporter = trainingReporter(progress);
      try {
        const { record, page, model, linkInspection } = await interruptible(reporter.onStop, (signal) =>
          trainRun({
            ...configuration,
            ...reporter,
            data,
            networkName: network.name,
            network: network.spec,
            folder,
            threads,
            signal,
            checkpointSeconds: flags.checkpointSeconds,
            onWarning: (sentence) => progress.log(sentence),
            ...(resumable && { resume: resumable.checkpoint }),
          }),
        );
        say.write(inWords(record, model.card, bitsInWords(record), page));
        if (flags.inspect && record.status === 'finished') {
          const { inspectWithProgress, inWords: inspectionInWords } = await import('./inspect.ts');
          const report = await inspectWithProgress(stderr, '', {
            ...{ model, file: record.model, initialSeed: record.configuration.seed, data, threads },
            folder: join(folder, 'inspection'),
          });
          await linkInspection('inspection/index.html');
          say.write(`\n${inspectionInWords(report)}`);
        }
        if (flags.json) stdout.write(`${JSON.stringify(record)}\n`);
        if (record.status === 'stopped') process.exitCode = interruptedStatus;
      } catch (error) {
        // A folder that nobody named and nothing went into is no use; one that holds something stays.
        if (flags.out === undefined && !resumable) await rmdir(folder).catch(() => undefined);
        throw error;
      } finally {
        progress.done('');
      }
    });
}

async function resumableRun(run: string, flags: TrainFlags) {
  if (flags.out !== undefined && resolve(flags.out) !== resolve(run)) {
    throw new SelvedgeError('bad-option', `--resume goes on in ${run}, so --out ${flags.out} cannot be given with it.`);
  }
  return findResumable(run, flags.allowDifferentEngine ?? false);
}

/** What was given on the command line of all that a resumed run may not change. */
async function askedBeside(flags: TrainFlags, command: Command): Promise<Asked> {
  const given = settled.filter((name) => command.getOptionValueSource(name) === 'cli');
  const entries = given.map(async (name) => [
    name,
    name === 'network' ? (await networkOption(flags.network)).spec : flags[name],
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

function resumedInWords({ state, identity, passedOver }: FoundCheckpoint): string {
  const { history, step } = state;
  const place =
    history.length >= identity.configuration.epochs
      ? 'training is over, the scores are missing'
      : `step ${step} of epoch ${history.length + 1} is over`;
  return `${passedOver === undefined ? '' : `${passedOver} The one before it is used.\n`}Going on with the run of ${identity.startedAt}: ${place}.`;
}
