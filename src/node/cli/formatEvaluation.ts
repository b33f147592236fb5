import type { AverageScores, Evaluation, EvaluationWithAverage } from '../../core/evaluation/evaluation.ts';
import type { ModelCost } from '../../core/model/ensemble.ts';
import { passesWith, type TestTimeTransform } from '../../core/model/testTimeAugmentation.ts';
import { frequentConfusions } from '../../views/confusionMatrix.ts';
import { compact, plural } from '../../views/numbers.ts';

const widest = 100;
const longestName = 24;

/**
 * The scores and the confusion matrix as plain text for a terminal, in aligned columns of at most 100 characters.
 * Where the matrix would be wider, the most frequent confusions are listed instead. With test-time augmentation, its accuracy and
 * loss follow the plain ones; the tables are of the plain ones. An ensemble's cost is the last line of the head.
 */
export function formatEvaluation(evaluation: EvaluationWithAverage, ensemble?: ModelCost): string {
  const { count, testTimeAugmentation: averaged } = evaluation;
  const headline = [
    `${accuracyAndLoss(evaluation)}   ${count} images`,
    ...(averaged ? [`${accuracyAndLoss(averaged.evaluation)}   with ${formatAveraging(averaged.transforms)}`] : []),
    ...(ensemble ? [`ensemble of ${ensemble.passes} models: ${formatCost(ensemble)}`] : []),
  ].join('\n');
  return [headline, scoresTable(evaluation), confusionTable(evaluation)].join('\n\n');
}

function accuracyAndLoss({ accuracy, loss }: Evaluation): string {
  return `accuracy ${(accuracy * 100).toFixed(2)} %   loss ${loss.toFixed(4)}`;
}

/** What one image takes. */
export function formatCost({ passes, parameters, multiplyAdds }: ModelCost): string {
  const sizes = `${plural(parameters, 'parameter')}, ${compact(multiplyAdds)} multiply-adds`;
  return `${passes} passes of each image, ${sizes}`.replaceAll('\u00a0', ' ');
}

/** What test-time augmentation does, and what it costs. */
export function formatAveraging(transforms: readonly TestTimeTransform[]): string {
  return `means over ${passesWith(transforms)} passes of each image (${transforms.join(', ')})`;
}

function scoresTable({ perClass, macro, weighted, count }: Evaluation): string {
  const row = (name: string, scores: AverageScores, support: number) => [
    shorten(name),
    ...[scores.precision, scores.recall, scores.f1].map((share) => share.toFixed(4)),
    String(support),
  ];
  return alignColumns([
    ['class', 'precision', 'recall', 'F1', 'images'],
    ...perClass.map((scores) => row(scores.name, scores, scores.support)),
    row('macro mean', macro, count),
    row('weighted mean', weighted, count),
  ]);
}

function confusionTable(evaluation: Evaluation): string {
  const { confusion, perClass } = evaluation;
  const table = alignColumns([
    ['true \\ predicted', ...perClass.map((_, label) => String(label))],
    ...confusion.map((row, label) => [`${label} ${shorten(perClass[label]!.name)}`, ...row.map(String)]),
  ]);
  if (table.indexOf('\n') <= widest) return table;
  const names = perClass.map(({ name }) => shorten(name));
  const wrong = frequentConfusions(evaluation).slice(0, 20);
  return alignColumns([
    ['true, predicted', 'images'],
    ...wrong.map(({ label, predicted, count }) => [`${names[label]}, ${names[predicted]}`, String(count)]),
  ]);
}

/** The first column is left-aligned, the others right-aligned, with two spaces between. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}

/** Class names come from a file: control characters could move the terminal's cursor. */
function shorten(name: string): string {
  const plain = name.replace(/\p{Cc}+/gu, ' ');
  return plain.length <= longestName ? plain : `${plain.slice(0, longestName - 1)}…`;
}
