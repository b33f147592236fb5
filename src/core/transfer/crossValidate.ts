import { permutation, randomSequence, streams } from '../engine/random.ts';
import { groupedShareInterval } from '../statistics/shareInterval.ts';
import type { Head } from './backbone.ts';
import { type FitHeadOptions, fitHead } from './head.ts';
import { hiddenRows } from './hiddenHead.ts';
import type { CrossValidation } from './record.ts';
import { partOf } from './rows.ts';
import { type FeatureRows, predictedRows, type Regression } from './softmaxRegression.ts';

/** One fold is scored and the next one is for validation, which leaves 71 % for training: nearly the shares of the split of photos. */
const folds = 7;
/** A class needs one unit each for training, validation and the score. */
const leastUnits = 3;

export interface CrossValidateOptions extends Pick<FitHeadOptions, 'classes' | 'kind'> {
  /** Of the heads. */
  readonly seed: number;
  readonly foldSeed: number;
  /** [N]; images with the same number stay in one fold. */
  readonly units: Uint32Array;
  readonly onProgress?: (share: number) => void;
}

/**
 * Cross-validates heads as `fitHead` fits them, in 7 folds: each fold is scored by a head that was fitted to five others and whose settings were chosen on the one left.
 * @param views rows of all images, in each view
 * @returns undefined where a class has fewer than three units
 */
export async function crossValidate(
  views: readonly FeatureRows[],
  { classes, kind, seed, foldSeed, units, onProgress = () => {} }: CrossValidateOptions,
): Promise<CrossValidation | undefined> {
  const [rows] = views as [FeatureRows];
  const count = rows.labels.length;
  const labels = Uint32Array.from(rows.labels);
  const members = membersOf(units);
  for (let label = 0; label < classes; label++) {
    const own = members.filter((indices) => indices.some((i) => labels[i] === label));
    if (own.length < leastUnits) return undefined;
  }
  const foldOf = unitFolds(members, labels, classes, foldSeed);
  const where = (test: (fold: number) => boolean) =>
    Uint32Array.from({ length: count }, (_, i) => i).filter((i) => test(foldOf[i]!));
  const isRight = new Uint8Array(count);
  for (let fold = 0; fold < folds; fold++) {
    const next = (fold + 1) % folds;
    const scored = where((own) => own === fold);
    const fitted = where((own) => own !== fold && own !== next);
    const { head } = await fitHead(
      views.map((view) => partOf(view, fitted)),
      {
        classes,
        seed,
        kind,
        validation: partOf(
          rows,
          where((own) => own === next),
        ),
      },
    );
    const predicted = predictions(head, partOf(rows, scored));
    for (const [i, image] of scored.entries()) isRight[image] = Number(predicted[i] === labels[image]);
    onProgress((fold + 1) / folds);
  }
  const sum = (indices: readonly number[]) => indices.reduce((total, i) => total + isRight[i]!, 0);
  const { low, high } = groupedShareInterval(
    members.map(sum),
    members.map((indices) => indices.length),
  );
  const accuracy = members.map(sum).reduce((a, b) => a + b, 0) / count;
  return { folds, images: count, units: members.length, accuracy, low, high };
}

/** The class of each row that a head finds most probable. */
function predictions({ hidden, ...output }: Head, rows: FeatureRows): Uint32Array {
  const layer = ({ kernel, bias }: Omit<Head, 'hidden'>): Regression => ({
    weights: Float64Array.from(kernel),
    bias: Float64Array.from(bias),
  });
  const last = layer(output);
  return predictedRows(last, hidden ? hiddenRows(layer(hidden), rows) : rows);
}

function membersOf(units: Uint32Array): readonly (readonly number[])[] {
  const members = new Map<number, number[]>();
  for (const [i, unit] of units.entries()) {
    const known = members.get(unit);
    if (known) known.push(i);
    else members.set(unit, [i]);
  }
  return [...members.values()];
}

/**
 * The fold of each image. Units are dealt out in a random order, large ones first, each to the fold that has the fewest images of its classes.
 */
export function unitFolds(
  members: readonly (readonly number[])[],
  labels: Uint32Array,
  classes: number,
  seed: number,
): Uint32Array {
  const foldOf = new Uint32Array(labels.length);
  const counts = Array.from({ length: folds }, () => new Uint32Array(classes));
  const sizes = new Uint32Array(folds);
  const order = Array.from(permutation(members.length, randomSequence(seed, streams.folds, 2)));
  order.sort((a, b) => members[b]!.length - members[a]!.length);
  for (const unit of order) {
    const own = members[unit]!;
    let best = 0;
    let [fewest, smallest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let fold = 0; fold < folds; fold++) {
      const alike = own.reduce((sum, i) => sum + counts[fold]![labels[i]!]!, 0);
      if (alike > fewest || (alike === fewest && sizes[fold]! >= smallest)) continue;
      [best, fewest, smallest] = [fold, alike, sizes[fold]!];
    }
    for (const i of own) {
      foldOf[i] = best;
      counts[best]![labels[i]!]! += 1;
      sizes[best]! += 1;
    }
  }
  return foldOf;
}
