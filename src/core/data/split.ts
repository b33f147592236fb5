import { SelvedgeError } from '../errors.ts';

/** Two disjoint sets of indices, each ascending, that together cover every image. */
export interface IndexSplit {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/** The split whose validation images are given. */
export function splitAt(validation: Uint32Array, count: number): IndexSplit {
  const drawn = new Uint8Array(count);
  for (const index of validation) drawn[index] = 1;
  return { train: indicesWhere(drawn, 0, count - validation.length), validation };
}

/**
 * Draws `validation` images so that every class keeps its share: of a class with n of N images,
 * `validation · n / N` are drawn, rounded down or up (largest remainders first, so that the sum is exact).
 *
 * @param labels [N]
 * @param validation how many images to select, from 0 to N − 1
 * @param randomBelow returns a uniform whole number from 0 to n − 1; the split depends on its results alone
 * @throws SelvedgeError `bad-option` when `validation` is out of range.
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  validation: number,
  randomBelow: (n: number) => number,
): IndexSplit {
  const count = labels.length;
  if (!Number.isInteger(validation) || validation < 0 || validation >= count) {
    throw new SelvedgeError(
      'bad-option',
      `Cannot set ${validation} of ${count} images aside for validation; choose from 0 to ${Math.max(0, count - 1)}.`,
    );
  }
  const members = indicesByClass(labels);
  const quotas = largestRemainders(
    members.map((indices) => indices.length),
    validation,
  );
  const drawn = new Uint8Array(count);
  members.forEach((indices, label) => {
    for (const index of drawWithoutReplacement(indices, quotas[label]!, randomBelow)) drawn[index] = 1;
  });
  return { train: indicesWhere(drawn, 0, count - validation), validation: indicesWhere(drawn, 1, validation) };
}

/**
 * Deals the images out to `folds` sets of nearly the same size, each with nearly the same share of every class.
 *
 * @param labels [N]
 * @param folds from 2 to N
 * @param randomBelow returns a uniform whole number from 0 to n − 1; the folds depend on its results alone
 * @returns disjoint sets of indices, each ascending, that together cover every image
 * @throws SelvedgeError `bad-option` when `folds` is out of range.
 */
export function stratifiedFolds(
  labels: ArrayLike<number>,
  folds: number,
  randomBelow: (n: number) => number,
): Uint32Array[] {
  const count = labels.length;
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    throw new SelvedgeError('bad-option', `Cannot make ${folds} folds of ${count} images; choose from 2 to ${count}.`);
  }
  const foldOf = new Uint32Array(count);
  let next = 0;
  for (const members of indicesByClass(labels)) {
    // Dealing goes on where the class before ended, so that the folds' sizes differ by one at most.
    for (const index of drawWithoutReplacement(members, members.length, randomBelow)) foldOf[index] = next++ % folds;
  }
  return Array.from({ length: folds }, (_, fold) => Uint32Array.from(foldOf.keys()).filter((i) => foldOf[i] === fold));
}

/**
 * Draws n of the given images of each class.
 * @param labels [N]
 * @param from indices of the images that are drawn from
 * @returns ascending
 * @throws SelvedgeError 'bad-option' where a class has fewer
 */
export function drawPerClass(
  labels: ArrayLike<number>,
  from: Uint32Array,
  n: number,
  randomBelow: (n: number) => number,
): Uint32Array {
  const members = indicesByClass(Uint32Array.from(from, (index) => labels[index]!));
  const drawn = members.flatMap((places, label) => {
    if (places.length < n) {
      throw new SelvedgeError(
        'bad-option',
        `Class ${label} has ${places.length} training images, so ${n} cannot be drawn of each class; take fewer.`,
      );
    }
    return drawWithoutReplacement(places, n, randomBelow).map((place) => from[place]!);
  });
  return Uint32Array.from(drawn).sort();
}

function indicesByClass(labels: ArrayLike<number>): number[][] {
  const members: number[][] = [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!;
    while (members.length <= label) members.push([]);
    members[label]!.push(index);
  }
  return members;
}

/** Shares `total` out in proportion to `sizes` (Hamilton's method); an earlier class wins a tie. */
function largestRemainders(sizes: readonly number[], total: number): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  // Whole-number remainders: exact, where fractions would let rounding decide a tie.
  const quotas = sizes.map((size) => Math.floor((size * total) / sum));
  const remainders = sizes.map((size, label) => ({ label, remainder: (size * total) % sum }));
  remainders.sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  const left = total - quotas.reduce((a, b) => a + b, 0);
  for (const { label } of remainders.slice(0, left)) quotas[label]! += 1;
  return quotas;
}

/** The first `n` places of a Fisher–Yates shuffle; reorders `items`. */
function drawWithoutReplacement(items: number[], n: number, randomBelow: (n: number) => number): number[] {
  for (let place = 0; place < n; place++) {
    const pick = place + randomBelow(items.length - place);
    [items[place], items[pick]] = [items[pick]!, items[place]!];
  }
  return items.slice(0, n);
}

function indicesWhere(flags: Uint8Array, wanted: number, count: number): Uint32Array {
  const indices = new Uint32Array(count);
  let place = 0;
  flags.forEach((flag, index) => {
    if (flag === wanted) indices[place++] = index;
  });
  return indices;
}
