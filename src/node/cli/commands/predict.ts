import { basename, extname, join } from 'node:path';
import { Command } from 'commander';
import { type PhotoPreparation, preparePhoto } from '../../../core/data/fitPicture.ts';
import type { PixelImage } from '../../../core/data/images.ts';
import { SelvedgeError } from '../../../core/errors.ts';
import { answerPictures, type Prediction } from '../../../core/evaluation/predictions.ts';
import { writeCsv } from '../../../core/formats/csv.ts';
import type { Classifier } from '../../../core/model/classifier.ts';
import { passesWith, type TestTimeTransform } from '../../../core/model/testTimeAugmentation.ts';
import { collectImages } from '../../images/collect.ts';
import { readImageFile } from '../../images/decode.ts';
import { sideBySide } from '../../images/sideBySide.ts';
import { openClassifier } from '../../index.ts';
import { loadServableModel } from '../../models.ts';
import { makeFolder, writeFileWhole } from '../../runs/writeWhole.ts';
import { formatAveraging } from '../formatEvaluation.ts';
import { testTimeOption, ttaFlag } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';

const top = 3;

interface Answer {
  readonly file: string;
  readonly conversion: PhotoPreparation;
  readonly predictions: readonly Prediction[];
  /** Whether the probabilities are calibrated, and whether the picture is in-distribution; null where the model cannot tell. */
  readonly calibrated: boolean;
  readonly familiar: boolean | null;
}

interface Failure {
  readonly file: string;
  readonly error: string;
}

interface Flags {
  json?: true;
  csv?: string;
  show?: string;
  tta?: readonly TestTimeTransform[];
}

/** `selvedge predict MODEL IMAGE|FOLDER…`. */
export function predictCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('predict')
    .argument('<model>', "a run's folder or a .safetensors file")
    .argument('<images...>', 'picture files, or folders of them')
    .option(ttaFlag, 'means over the mirrored (flip) or shifted (shift) picture, or both: flip,shift', testTimeOption)
    .option('--json', 'print one JSON object')
    .option('--csv <file>', 'write a table with a row for each picture')
    .option('--show <dir>', 'write each photo beside what the network sees of it')
    .addHelpText(
      'after',
      `
Examples:
  selvedge predict runs/first photo.jpg
  selvedge predict runs/first photos --csv names.csv --show inputs
  selvedge predict runs/first photos --json | jq -r '.predictions[] | [.file, .predictions[0].name] | @tsv'

Photos are prepared as the model's preprocessing says: converted to a 28×28 grey garment, or resized whole in colour; --json
says which. Files of a folder that cannot be used are skipped and listed, and the exit status is 1. A model that was trained with
--validation returns calibrated probabilities and marks out-of-distribution pictures.`,
    )
    .action(async (path: string, paths: string[], { tta = [], ...flags }: Flags) => {
      const model = await loadServableModel(path);
      const files = await collectImages(paths);
      if (flags.show !== undefined) await makeFolder(flags.show);
      const answers: Answer[] = [];
      const failures: Failure[] = [];
      const progress = progressOn(stderr);
      const shownNames = new Set<string>();
      const classifier = await openClassifier(model, { threads: 1, testTimeAugmentation: tta });
      try {
        for (const [i, file] of files.entries()) {
          try {
            const { answer, photo, input } = await answerFor(classifier, file);
            answers.push(answer);
            if (flags.show !== undefined) {
              const [best] = answer.predictions;
              const picture = await sideBySide(photo, input, [`${best!.name}, ${percent(best!.probability)}`]);
              await writeFileWhole(join(flags.show, unusedName(file, shownNames)), picture);
            }
            if (!flags.json) stdout.write(`${file}: ${format(answer)}\n`);
          } catch (error) {
            if (!(error instanceof SelvedgeError) || error.code === 'cannot-write') throw error;
            // In a folder, bad files are skipped; a single picture's error is the result.
            if (files.length === 1 && !flags.json) throw error;
            failures.push({ file, error: error.message });
          }
          progress.update((i + 1) / files.length, `${i + 1} of ${files.length} pictures`);
        }
      } finally {
        progress.done('');
        await classifier.close();
      }
      if (flags.csv !== undefined) await writeFileWhole(flags.csv, csv(answers));
      const averaged = tta.length > 0 && { testTimeAugmentation: { transforms: tta, passes: passesWith(tta) } };
      if (flags.json) stdout.write(`${JSON.stringify({ predictions: answers, failed: failures, ...averaged })}\n`);
      else if (averaged) stdout.write(`(${formatAveraging(tta)})\n`);
      if (failures.length > 0) {
        if (!flags.json)
          stderr.write(
            `${failures.length} of ${files.length} pictures could not be used:\n${failures.map(({ error }) => `  ${error}\n`).join('')}`,
          );
        process.exitCode = 1;
      }
    });
}

async function answerFor(
  classifier: Classifier,
  file: string,
): Promise<{ answer: Answer; photo: PixelImage; input: PixelImage }> {
  const photo = await readImageFile(file);
  const { image, done } = preparePhoto(photo, classifier.model.preprocessing, file);
  const [answered] = await answerPictures(classifier, [image], top);
  const { predictions, familiarity } = answered!;
  const familiar = familiarity?.familiar ?? null;
  const calibrated = classifier.model.reliability !== undefined;
  return { answer: { file, conversion: done, predictions, calibrated, familiar }, photo, input: image };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function format({ predictions, familiar }: Answer): string {
  const classes = predictions.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ');
  return familiar === false ? `${classes} (out-of-distribution: unlike the training images)` : classes;
}

/** A file name that is not taken yet: pictures of different folders may have the same name. */
function unusedName(file: string, taken: Set<string>): string {
  const stem = basename(file, extname(file));
  let name = `${stem}.png`;
  for (let n = 2; taken.has(name); n++) name = `${stem}-${n}.png`;
  taken.add(name);
  return name;
}

function csv(answers: readonly Answer[]): string {
  const ranks = Array.from({ length: top }, (_, i) => i + 1);
  const header = ['file', ...ranks.flatMap((rank) => [`class_${rank}`, `probability_${rank}`])];
  const rows = answers.map(({ file, predictions }) => [
    file,
    ...predictions.flatMap(({ name, probability }) => [name, probability]),
  ]);
  return writeCsv([header, ...rows]);
}
