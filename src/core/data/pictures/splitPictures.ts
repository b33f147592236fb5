import { philox, seedWords, streams } from '../../engine/random.ts';
import { SelvedgeError } from '../../errors.ts';
import { compareCodePoints } from './codePoints.ts';
import { disjointSets } from './disjointSets.ts';
import type { Part } from './manifest.ts';

/** What a split is a function of. */
export interface SplitRequest {
  /** [N], all different. */
  readonly paths: readonly string[];
  /** Class numbers, [N]. */
  readonly labels: Uint32Array;
  readonly classNames: readonly string[];
  /** [N]; pictures of one group stay together. */
  readonly groups: readonly (string | undefined)[];
  /** [N]; pictures with the same number are near-duplicates and stay together. */
  readonly clusters: Uint32Array;
  /**
   * [N]; a picture stays in the part that it is given to, but validation pictures are drawn from those that are given to train too,
   * unless there are given ones.
   */
  readonly given: readonly (Part | undefined)[];
  /** Of each class, from 0 to 1. A part is not drawn if a picture is given to it. */
  readonly shares: { readonly validation: number; readonly test: number };
  readonly seed: number;
}

export interface PictureSplit {
  /** [N] */
  readonly parts: readonly Part[];
  /** [N]; pictures that stay together, as a group or as near-duplicates, have the same number. */
  readonly units: Uint32Array;
  /** Indices of pictures that belong together although they are given to more than one part. */
  readonly divided: readonly (readonly number[])[];
}

/** Pictures that stay together. */
interface Unit {
  readonly members: readonly number[];
  /** Of each class that the unit has, how many pictures. */
  readonly counts: ReadonlyMap<number, number>;
  /** Random, a function of the seed and of the smallest path. */
  readonly key: readonly [number, number];
  readonly path: string;
}

/**
 * Draws the parts of a split so that each class has its share in each part, and that pictures of one group and near-duplicates are
 * in one part. A unit of such pictures is taken, in an order drawn from the seed and its first path, where that brings the counts of
 * its classes closer to their shares. So a picture that is added later moves few others.
 *
 * @throws SelvedgeError 'bad-data' where a class has too few pictures that can be in different parts, 'bad-option' where the shares
 *   leave nothing for training
 */
export function splitPictures(request: SplitRequest): PictureSplit {
  const { paths, labels, classNames, given, shares } = request;
  if (!(shares.validation >= 0 && shares.test >= 0 && shares.validation + shares.test < 1)) {
    throw new SelvedgeError(
      'bad-option',
      `Shares of ${shares.validation} for validation and ${shares.test} for the test set cannot be drawn; choose two from 0 up, with a sum below 1.`,
    );
  }
  const drawn = (['test', 'validation'] as const).filter((part) => isDrawn(part, request));
  const chosen = new Array<Part>(paths.length).fill('train');
  let left: Unit[] = [];
  const divided: (readonly number[])[] = [];
  const pinnedToTrain = new Set<number>();
  const units = new Uint32Array(paths.length);
  for (const [number, unit] of unitsOf(request).entries()) {
    for (const i of unit.members) units[i] = number;
    const parts = new Set(unit.members.flatMap((i) => given[i] ?? []));
    const others = (['train', 'validation', 'test'] as const).find((part) => parts.has(part)) ?? 'train';
    for (const i of unit.members) chosen[i] = given[i] ?? others;
    if (parts.size > 1) divided.push(unit.members);
    const isForTraining = parts.size === 0 || (parts.size === 1 && parts.has('train') && drawn.includes('validation'));
    if (isForTraining) left.push(unit);
    else for (const i of unit.members) if (chosen[i] === 'train') pinnedToTrain.add(labels[i]!);
  }
  const totals = countTraining(labels, chosen, classNames.length);
  const untrained = totals.indexOf(0);
  if (untrained >= 0) {
    throw new SelvedgeError(
      'bad-data',
      `The class ${classNames[untrained]} has no training picture; give some to train, or remove the class.`,
    );
  }
  drawn.forEach((part, i) => {
    const needed = drawn.length - i;
    const quotas = totals.map((count) => Math.max(1, Math.floor(count * shares[part] + 0.5)));
    const mayTake = ({ members }: Unit) => part === 'validation' || members.every((i) => given[i] === undefined);
    const taken = takeUnits({ units: left, mayTake, quotas, needed, pinnedToTrain }, request);
    for (const unit of taken) for (const member of unit.members) chosen[member] = part;
    left = left.filter((unit) => !taken.has(unit));
  });
  return { parts: chosen, units, divided: divided.sort((a, b) => a[0]! - b[0]!) };
}

const isDrawn = (part: 'validation' | 'test', { shares, given }: SplitRequest) =>
  shares[part] > 0 && !given.includes(part);

interface Taking {
  /** In the order in which they are drawn. */
  readonly units: readonly Unit[];
  readonly mayTake: (unit: Unit) => boolean;
  /** How many pictures of each class are wanted, [Y]. */
  readonly quotas: readonly number[];
  /** How many units of each class have to be left: one for training, and one for each part that follows. */
  readonly needed: number;
  /** Classes with training pictures besides the units. */
  readonly pinnedToTrain: ReadonlySet<number>;
}

function takeUnits({ units, mayTake, quotas, needed, pinnedToTrain }: Taking, request: SplitRequest): Set<Unit> {
  const counts = quotas.map(() => 0);
  const unitsLeft = quotas.map(() => 0);
  for (const unit of units) for (const label of unit.counts.keys()) unitsLeft[label]! += 1;
  const isSpare = ({ counts: own }: Unit) =>
    [...own.keys()].every((label) => unitsLeft[label]! - 1 >= needed - (pinnedToTrain.has(label) ? 1 : 0));
  const isCloser = ({ counts: own }: Unit) => {
    let gain = 0;
    for (const [label, count] of own) {
      const missing = quotas[label]! - counts[label]!;
      gain += Math.abs(missing) - Math.abs(missing - count);
    }
    return gain > 0;
  };
  const taken = new Set<Unit>();
  const take = (unit: Unit) => {
    taken.add(unit);
    for (const [label, count] of unit.counts) {
      counts[label]! += count;
      unitsLeft[label]! -= 1;
    }
  };
  for (const unit of units) if (mayTake(unit) && isSpare(unit) && isCloser(unit)) take(unit);
  quotas.forEach((_, label) => {
    if (counts[label]! > 0) return;
    // Only large units are left: the smallest of them.
    const [smallest] = units
      .filter((unit) => unit.counts.has(label) && !taken.has(unit) && mayTake(unit) && isSpare(unit))
      .sort((a, b) => a.members.length - b.members.length);
    if (!smallest) throw tooFew(label, request);
    take(smallest);
  });
  return taken;
}

function tooFew(label: number, request: SplitRequest): SelvedgeError {
  const { classNames, labels } = request;
  const count = labels.filter((own) => own === label).length;
  const wanted = ['training', ...(['validation', 'test'] as const).filter((part) => isDrawn(part, request))];
  const list = wanted.length === 2 ? wanted.join(' and ') : `${wanted.slice(0, -1).join(', ')} and ${wanted.at(-1)}`;
  return new SelvedgeError(
    'bad-data',
    `The class ${classNames[label]} has ${count === 1 ? '1 picture' : `${count} pictures`}, too few for ${list}, where groups and near-duplicates stay together; add other pictures, or remove the class.`,
  );
}

/** The units in the order in which they are drawn. */
function unitsOf({ paths, labels, groups, clusters, seed }: SplitRequest): Unit[] {
  const sets = disjointSets(paths.length);
  for (const keys of [groups, clusters]) {
    const first = new Map<string | number, number>();
    for (const [i, key] of Array.from<string | number | undefined>(keys).entries()) {
      if (key === undefined) continue;
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else sets.join(other, i);
    }
  }
  const members = new Map<number, number[]>();
  for (let i = 0; i < paths.length; i++) {
    const root = sets.find(i);
    const known = members.get(root);
    if (known) known.push(i);
    else members.set(root, [i]);
  }
  const units = [...members.values()].map((indices): Unit => {
    const path = indices.map((i) => paths[i]!).reduce((a, b) => (compareCodePoints(a, b) <= 0 ? a : b));
    const counts = new Map<number, number>();
    for (const i of indices) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
    return { members: indices, counts, key: drawFor(path, seed), path };
  });
  return units.sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || compareCodePoints(a.path, b.path));
}

/** Random words for a path. */
function drawFor(path: string, seed: number): [number, number] {
  // FNV-1a from two offsets, so that few paths share both.
  let a = 0x811c9dc5;
  let b = 0x2f3a1c47;
  for (let i = 0; i < path.length; i++) {
    a = Math.imul(a ^ path.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ path.charCodeAt(i), 0x01000193);
  }
  const [first, second] = philox([a >>> 0, b >>> 0, path.length, streams.pictures], seedWords(seed));
  return [first, second];
}

function countTraining(labels: Uint32Array, chosen: readonly Part[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  labels.forEach((label, i) => {
    if (chosen[i] === 'train') counts[label]! += 1;
  });
  return counts;
}
