import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { SelvedgeError } from '../../../core/errors.ts';
import { buildNetwork } from '../../../core/graph/network.ts';
import { formatSummary } from '../../../core/graph/summary.ts';
import {
  chosenData,
  completeConfiguration,
  fitToData,
  optionOf,
  type RunConfiguration,
  settingNames,
} from '../../../core/training/configuration.ts';
import { splitFor } from '../../../core/training/train.ts';
import { fineTunedLayers } from '../../../core/transfer/fineTune.ts';
import { type HeadKind, headKinds } from '../../../core/transfer/head.ts';
import { integer, plural } from '../../../views/numbers.ts';
import { backboneNames, defaultImageSize } from '../../backbones.ts';
import { type ConfigFile, formatConfig } from '../../configFile.ts';
import { recipeNames } from '../../recipes.ts';
import { type FoundCheckpoint, hasCheckpoint } from '../../runs/checkpoints.ts';
import { comparisonWithPublished } from '../../runs/publishedWeights.ts';
import { requireSameData } from '../../runs/readRun.ts';
import { reliabilitySource } from '../../runs/reliabilitySource.ts';
import { findResumable, type RequestedSettings, requireSameConfiguration } from '../../runs/resume.ts';
import { newRunFolder, trainRun } from '../../runs/trainRun.ts';
import { availableThreads } from '../../workers/available.ts';
import { givenSettings, type SettingsFlags } from '../givenSettings.ts';
import { interruptedStatus, interruptible } from '../interruption.ts';
import { defaultPhotoShape, loadWithProgress } from '../loading.ts';
import { countOption, imageSizeOption, networkOption, settingOptions, threadsOption, wordOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';
import { trainFrom } from '../trainFrom.ts';
import { formatRun, trainingReporter } from '../trainingReporter.ts';

interface TrainFlags extends SettingsFlags {
  printConfig?: true;
  threads?: number;
  data?: string;
  out?: string;
  from?: string;
  imageSize?: number | 'auto';
  head?: HeadKind;
  fineTune?: number;
  fineTuneLayers?: number;
  reliabilityFrom?: string;
  resume?: string;
  allowDifferentEngine?: true;
  checkpointSeconds: number;
  inspect?: true;
  json?: true;
}

/** `selvedge train`. */
export function trainCommand({ stdout, stderr }: Streams = process): Command {
  const command = new Command('train')
    .option('--network <name>', 'a built-in network (reference) or a JSON file with a list of layers', 'reference')
    .option('--recipe <name>', `take network and settings from a recipe: ${recipeNames.join(', ')}`)
    .option(
      '--from <model>',
      `keep the first layers of ${backboneNames.join(', ')} (pretrained) or of a run or model; fit a new last layer`,
    )
    .option(
      '--image-size <n>',
      `side of photos (default: ${defaultPhotoShape[0]}; ${defaultImageSize.photos} with --from, ${defaultImageSize.other} if no photos), with --from also auto`,
      imageSizeOption,
    )
    .option(
      '--head <kind>',
      'with --from: linear, hidden (a layer of 128 units more), auto: the more accurate one (default: linear)',
      wordOption(headKinds),
    )
    .option(
      '--fine-tune <n>',
      'with --from: then train the new layer and the last layers before it for n epochs',
      countOption,
    )
    .option(
      '--fine-tune-layers <n>',
      `with --fine-tune: how many layers with weights (default: ${fineTunedLayers}, the new one included)`,
      countOption,
    )
    .option('--config <file>', 'take settings from a YAML or JSON file; options on the command line come before it')
    .option('--print-config', 'print all settings as such a file, and do not train');
  for (const option of settingOptions()) command.addOption(option);
  return command
    .option(
      '--threads <n>',
      'worker threads; they change the time, not the result (default: the available cores)',
      threadsOption,
    )
    .option('--data <path>', 'your photos: a folder <class>/… or a .csv or .jsonl list; or the folder of a data set')
    .option('--out <dir>', 'the run folder (default: ./runs/<time>)')
    .option(
      '--reliability-from <run>',
      "take calibration and out-of-distribution threshold from a finished run that differs in '--validation' alone",
    )
    .option('--resume <run>', 'continue a run that was stopped or interrupted, to the same bits')
    .option('--allow-different-engine', 'with --resume: even if the run was started with another build of the engine')
    .option('--checkpoint-seconds <n>', 'time between checkpoints within an epoch', countOption, 30)
    .option('--inspect', "then write an inspection report to the folder's 'inspection' (see selvedge inspect)")
    .option('--json', 'end with one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  selvedge train                                          the reference job: 60,000 images, 5 epochs
  selvedge train --limit 6000 --epochs 2 --out runs/first a short training, in seconds
  selvedge train --validation 5000 --seed 1               with 5,000 validation images
  selvedge train --network mine.json --json > result.json your own network, the result as JSON
  selvedge train --recipe fast                            more accurate, in little more time
  selvedge train --inspect                                with an inspection of the trained model
  selvedge train --optimizer sgd --momentum 0.9           another optimizer
  selvedge train --from efficientnet-lite0 --per-class 10 ten images of each class, with pretrained features
  selvedge train --data photos/ --from efficientnet-lite0 your photos, with pretrained features
  selvedge train --classes 0-6 --out runs/seven           on seven of the classes
  selvedge train --classes 7-9 --from runs/seven          the other three, with the features of these
  selvedge train --print-config > mine.yaml               all settings with their defaults, for --config mine.yaml
  selvedge train --resume runs/first                      after a crash, a kill or Ctrl-C

The folder gets model.safetensors, run.json, metrics.jsonl and index.html, a report. Ctrl-C stops after the current
step and writes these files (exit status 130); a second Ctrl-C quits at once. Until a run is finished, its folder also
holds checkpoints, and --resume ends with the same bits as an uninterrupted run.`,
    )
    .action(async (flags: TrainFlags, command: Command) => {
      const given = await givenSettings(flags, command);
      if (flags.from !== undefined) return trainFrom({ ...flags, from: flags.from }, given, { stdout, stderr });
      const [lost] = (['head', 'fineTune', 'fineTuneLayers'] as const).filter((name) => flags[name] !== undefined);
      if (lost)
        throw new SelvedgeError('bad-option', `${optionOf(lost)} belongs to --from ${backboneNames[0]}; leave it out.`);
      const side = flags.imageSize;
      if (side === 'auto')
        throw new SelvedgeError('bad-option', `--image-size auto belongs to --from ${backboneNames[0]}; name a size.`);
      const resumable = flags.resume === undefined ? undefined : await resumableRun(flags.resume, flags);
      const requested = resumable && (await requestedSettings(given, resumable.checkpoint.identity.configuration));
      const settings = completeConfiguration(resumable?.checkpoint.identity.configuration ?? given.settings);
      const named = resumable?.checkpoint.identity.network ?? (await networkOption(given.network ?? 'reference'));
      if (flags.printConfig) {
        stdout.write(formatConfig(resumable ? named.name : (given.network ?? 'reference'), settings));
        return;
      }
      if (!resumable && flags.out !== undefined && (await hasCheckpoint(flags.out))) {
        throw new SelvedgeError(
          'bad-option',
          `${flags.out} holds an unfinished run; continue it with --resume ${flags.out}, or choose another folder.`,
        );
      }
      const data = await loadWithProgress(flags.data, stderr, {
        shape: resumable ? buildNetwork(named.spec).inputShape : side === undefined ? undefined : [side, side, 3],
        splitSeed: settings.validationSeed,
        threads: flags.threads,
      });
      if (side !== undefined && !data.pictures) {
        throw new SelvedgeError(
          'bad-option',
          `--image-size is for photos or with --from ${backboneNames[0]}; leave it out.`,
        );
      }
      if (resumable && requested) {
        requireSameData(resumable.checkpoint.identity.dataset, data);
        requireSameConfiguration(resumable, requested, data);
      }
      const configuration = fitToData(settings, data);
      const chosen = chosenData(data, configuration);
      const network = resumable ? named : await networkOption(given.network ?? 'reference', chosen);
      const built = buildNetwork(network.spec);
      const threads = flags.threads ?? availableThreads();

      const reliabilityFrom =
        flags.reliabilityFrom === undefined
          ? undefined
          : await reliabilitySource(flags.reliabilityFrom, built.spec, configuration, data);
      const log = flags.json ? stderr : stdout;
      log.write(`${formatSummary(built)}\n\n`);
      if (configuration.batchSize < settings.batchSize) {
        log.write(
          `The batch size is lowered from ${settings.batchSize} to ${configuration.batchSize}, the number of training images.\n`,
        );
      }
      const images = splitFor(chosen, configuration).train.length;
      log.write(
        `Training on ${integer(images)} images of ${data.name}, ${plural(configuration.epochs, 'epoch')} in batches of ${configuration.batchSize}, ` +
          `seed ${configuration.seed}, ${plural(threads, 'thread')}. Ctrl-C stops and writes the model so far.\n`,
      );

      if (resumable) log.write(`${formatResumed(resumable.checkpoint)}\n`);
      const cores = availableThreads();
      if (threads > cores) {
        log.write(
          `${threads} threads are more than the ${plural(cores, 'available core')}: the result is the same, and training is hardly faster.\n`,
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
            ...(reliabilityFrom && { reliabilityFrom }),
            ...(resumable && { resume: resumable.checkpoint }),
          }),
        );
        log.write(formatRun(record, model.reliability, comparisonWithPublished(record), page));
        if (flags.inspect && record.status === 'finished') {
          const { inspectWithProgress, inWords } = await import('./inspect.ts');
          const report = await inspectWithProgress(stderr, '', {
            model,
            file: record.model,
            initialSeed: record.configuration.seed,
            data,
            threads,
            folder: join(folder, 'inspection'),
          });
          await linkInspection('inspection/index.html');
          log.write(`\n${inWords(report)}`);
        }
        if (flags.json) stdout.write(`${JSON.stringify(record)}\n`);
        if (record.status === 'stopped') process.exitCode = interruptedStatus;
      } catch (error) {
        // A folder that was made here is removed if it is empty.
        if (flags.out === undefined && !resumable) await rmdir(folder).catch(() => undefined);
        throw error;
      } finally {
        progress.done('');
      }
    });
}

async function resumableRun(run: string, flags: TrainFlags) {
  if (flags.out !== undefined && resolve(flags.out) !== resolve(run)) {
    throw new SelvedgeError('bad-option', `--resume writes to ${run}, so --out ${flags.out} cannot be given with it.`);
  }
  return findResumable(run, flags.allowDifferentEngine ?? false);
}

/** What was given together with `--resume`, which may not change it; null stands for the default that the optimizer has. */
async function requestedSettings({ settings, network }: ConfigFile, run: RunConfiguration): Promise<RequestedSettings> {
  const { optimizer = run.optimizer, schedule = run.schedule } = settings;
  const isSameKind = optimizer === run.optimizer && schedule === run.schedule;
  const complete = completeConfiguration(isSameKind ? { ...run, ...settings } : settings);
  return {
    ...Object.fromEntries(settingNames.filter((name) => name in settings).map((name) => [name, complete[name]])),
    ...(network !== undefined && { network: (await networkOption(network)).spec }),
  };
}

function formatResumed({ state, identity, skipped }: FoundCheckpoint): string {
  const { history, step } = state;
  const position =
    history.length >= identity.configuration.epochs
      ? 'training is complete, the evaluation is missing'
      : `step ${step} of epoch ${history.length + 1} is complete`;
  return `${skipped === undefined ? '' : `${skipped} The one before it is used.\n`}Resuming the run of ${identity.startedAt}: ${position}.`;
}
