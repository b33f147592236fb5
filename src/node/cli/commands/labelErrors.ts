import { join } from 'node:path';
import { Command } from 'commander';
import { SelvedgeError } from '../../../core/errors.ts';
import { chosenData, completeConfiguration, fitToData } from '../../../core/training/configuration.ts';
import type { Progress as TrainingProgress } from '../../../core/training/loop.ts';
import { fixed, integer, percent } from '../../../views/numbers.ts';
import { type LabelErrorsSummary, labelErrorsRun } from '../../labelErrors/labelErrorsRun.ts';
import { recipeNames } from '../../recipes.ts';
import { prepareFolder } from '../../runs/trainRun.ts';
import { availableThreads } from '../../workers/available.ts';
import { givenSettings, type SettingsFlags } from '../givenSettings.ts';
import { interruptible } from '../interruption.ts';
import { loadWithProgress } from '../loading.ts';
import { countOption, networkOption, settingOptions, threadsOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';

interface Flags extends SettingsFlags {
  folds: number;
  threads?: number;
  data?: string;
  out: string;
  json?: true;
}

const printed = 5;

/** `selvedge label-errors`. */
export function labelErrorsCommand({ stdout, stderr }: Streams = process): Command {
  const command = new Command('label-errors')
    .option('--folds <n>', 'models to train, each on all images but one fold', countOption, 5)
    .option('--network <name>', 'a built-in network (reference) or a JSON file with a list of layers', 'reference')
    .option('--recipe <name>', `take network and settings from a recipe: ${recipeNames.join(', ')} (default: fast)`)
    .option('--config <file>', 'take settings from a YAML or JSON file; options on the command line come before it');
  for (const option of settingOptions()) command.addOption(option);
  return command
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--out <dir>', 'folder for the list and the page', 'label-errors')
    .option('--json', 'print one JSON object instead of words')
    .addHelpText(
      'after',
      `
Examples:
  selvedge label-errors                                  the recipe fast, 5 models; some minutes
  selvedge label-errors --limit 6000 --folds 3           the first 6,000 images
  selvedge label-errors --network mine.json --epochs 10 --out errors/mine

Each training image is judged by a model that was not trained on it. The folder gets label-errors.csv, the labels that are
probably wrong, the least probable label first; index.html, which shows them, the images of each confusion and the largest
losses; and label-errors.json. Nothing in the data set is changed.`,
    )
    .action(async (flags: Flags, command: Command) => {
      const isPlain = flags.recipe === undefined && flags.config === undefined;
      const isOwn = isPlain && command.getOptionValueSource('network') === 'cli';
      const given = await givenSettings(isPlain && !isOwn ? { ...flags, recipe: 'fast' } : flags, command);
      const settings = completeConfiguration(given.settings);
      if (settings.validation > 0) {
        throw new SelvedgeError(
          'bad-option',
          `--validation ${settings.validation} cannot be given: every image is judged out of its fold.`,
        );
      }
      const data = await loadWithProgress(flags.data, stderr);
      const configuration = fitToData(settings, data);
      const network = await networkOption(given.network ?? 'reference', chosenData(data, configuration));
      await prepareFolder(flags.out);
      const progress = progressOn(stderr);
      let fold = 1;
      const onStep = ({ epoch, epochs, step, stepsPerEpoch, loss, accuracy }: TrainingProgress) => {
        const done = (epoch - 1 + step / stepsPerEpoch) / epochs;
        progress.update(
          (fold - 1 + done) / flags.folds,
          `fold ${fold}/${flags.folds} epoch ${epoch}/${epochs}  loss ${fixed(loss, 3)}  accuracy ${percent(accuracy, 1)}`,
        );
      };
      try {
        const summary = await interruptible(
          () => progress.log('Stopping after this step …'),
          (signal) =>
            labelErrorsRun({
              ...configuration,
              data,
              networkName: network.name,
              network: network.spec,
              folds: flags.folds,
              folder: flags.out,
              threads: flags.threads ?? availableThreads(),
              signal,
              onStep,
              onFold: (next) => {
                fold = next;
              },
            }),
        );
        progress.done('');
        const files = { list: join(flags.out, 'label-errors.csv'), page: join(flags.out, 'index.html') };
        stdout.write(
          flags.json ? `${JSON.stringify({ ...summary, files })}\n` : format(summary, data.classNames, files),
        );
      } finally {
        progress.done('');
      }
    });
}

function format(
  { images, folds, accuracy, errors }: LabelErrorsSummary,
  classNames: readonly string[],
  files: { readonly list: string; readonly page: string },
): string {
  const lines = errors
    .slice(0, printed)
    .map(
      ({ index, given, suggested, givenProbability }) =>
        `  no. ${integer(index)}: ${classNames[given]} (${percent(givenProbability, 2)}), probably ${classNames[suggested]}`,
    );
  return [
    `images             ${integer(images)}, each judged by one of ${folds} models that was not trained on it`,
    `accuracy           ${percent(accuracy, 2)} out of fold`,
    `probable errors    ${integer(errors.length)} (${percent(errors.length / images, 2)} of the labels)`,
    ...(lines.length > 0 ? ['the first of them:', ...lines] : []),
    `list               ${files.list}`,
    `page               ${files.page}`,
    '',
  ].join('\n');
}
