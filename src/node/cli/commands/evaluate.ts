import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { LabelledImages } from '../../../core/data/images.ts';
import { imageAt } from '../../../core/data/images.ts';
import type { Evaluation } from '../../../core/evaluation/evaluation.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { costOf, isEnsemble } from '../../../core/model/ensemble.ts';
import type { TestTimeTransform } from '../../../core/model/testTimeAugmentation.ts';
import { confusionPicture } from '../../../views/confusionPicture.ts';
import { contactSheet, type SheetRow } from '../../../views/contactSheet.ts';
import { fitData } from '../../fit.ts';
import { evaluate } from '../../index.ts';
import { loadServableModel, placeOfModel } from '../../models.ts';
import { makeFolder, writeFileWhole } from '../../runs/writeWhole.ts';
import { formatEvaluation } from '../formatEvaluation.ts';
import { loadWithProgress } from '../loading.ts';
import { testTimeOption, threadsOption, ttaFlag } from '../options.ts';
import { photosFor } from '../photosFor.ts';
import type { Streams } from '../progress.ts';

const mistakesPerRow = 8;

interface Flags {
  data?: string;
  out?: string;
  threads?: number;
  tta?: readonly TestTimeTransform[];
  json?: true;
}

/** `selvedge evaluate MODEL`. */
export function evaluateCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('evaluate')
    .argument('<model>', "a run's folder or a .safetensors file")
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--out <dir>', "folder for evaluation.json and the pictures (default: 'evaluation' beside the model)")
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option(
      ttaFlag,
      'also with means over mirrored (flip) or shifted (shift) images, or both: flip,shift',
      testTimeOption,
    )
    .option('--json', 'print one JSON object instead of tables')
    .addHelpText(
      'after',
      `
Examples:
  selvedge evaluate runs/first
  selvedge evaluate runs/first/model.safetensors --out scores --json > scores.json
  selvedge evaluate runs/first --tta flip`,
    )
    .action(async (path: string, { tta = [], ...flags }: Flags) => {
      const model = await loadServableModel(path);
      const data = fitData(model, await loadWithProgress(flags.data, stderr, await photosFor(model, path)));
      const folder = resolve(flags.out ?? join((await placeOfModel(path)).folder, 'evaluation'));
      await makeFolder(folder);
      const evaluation = await evaluate(model, data.test, { ...flags, testTimeAugmentation: tta });
      const files = {
        scores: join(folder, 'evaluation.json'),
        confusion: join(folder, 'confusion.png'),
        mistakes: join(folder, 'mistakes.png'),
      };
      const ensemble = isEnsemble(model) ? costOf(model) : undefined;
      await writeFileWhole(files.scores, `${JSON.stringify({ ...evaluation, ensemble }, null, 2)}\n`);
      await writeFileWhole(files.confusion, encodePng(confusionPicture(evaluation.confusion, model.classNames)));
      await writeFileWhole(files.mistakes, encodePng(await mistakeSheet(evaluation, data.test, model.classNames)));
      stdout.write(
        flags.json
          ? `${JSON.stringify({ ...evaluation, ensemble, files })}\n`
          : `${formatEvaluation(evaluation, ensemble)}\n\nwritten: ${Object.values(files).join('\n         ')}\n`,
      );
    });
}

/** The most confident mistakes with their true and predicted names. */
async function mistakeSheet({ mistakes }: Evaluation, set: LabelledImages, classNames: readonly string[]) {
  const drawn = mistakes.map(async ({ index, label, predicted, confidence }) => ({
    image: await imageAt(set, index),
    caption: [
      `true ${classNames[label]}`,
      `predicted ${classNames[predicted]}`,
      `${(confidence * 100).toFixed(1)} %, no. ${index}`,
    ],
  }));
  const cells = await Promise.all(drawn);
  const rows: SheetRow[] = [];
  for (let i = 0; i < cells.length; i += mistakesPerRow) rows.push({ cells: cells.slice(i, i + mistakesPerRow) });
  if (rows.length === 0) rows.push({ label: 'no mistakes', cells: [] });
  return contactSheet(rows, { scale: 4, gap: 6 });
}
