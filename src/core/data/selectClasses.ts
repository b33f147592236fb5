import { SelvedgeError } from '../errors.ts';
import { type Dataset, type LabelledImages, selectImages } from './images.ts';

/**
 * Class names in label order, from names, numbers from 0, and ranges of numbers such as 0-6.
 * @throws SelvedgeError 'bad-option' for what is none of these, and where fewer than two classes are left
 */
export function resolveClasses(
  given: readonly string[],
  { name, classNames }: Pick<Dataset, 'name' | 'classNames'>,
): string[] {
  const last = classNames.length - 1;
  const chosen = new Set(given.flatMap((word) => labelsOf(word.trim(), classNames) ?? fail(word)));
  if (chosen.size < 2) {
    throw new SelvedgeError('bad-option', `Only ${chosen.size} class is chosen; a classifier needs two or more.`);
  }
  return classNames.filter((_, label) => chosen.has(label));

  function fail(word: string): never {
    throw new SelvedgeError(
      'bad-option',
      `${name} has no class ${word}; choose names (${classNames.join(', ')}), numbers from 0 to ${last}, or ranges such as 0-${last}.`,
    );
  }
}

function labelsOf(word: string, classNames: readonly string[]): number[] | undefined {
  const named = classNames.findIndex((own) => own.toLowerCase() === word.toLowerCase());
  if (named >= 0) return [named];
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
  if (from === undefined || Number(from) > Number(to) || Number(to) >= classNames.length) return undefined;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
}

/** A data set with some of its classes, whose labels are renumbered; the same where these are all. */
export function selectClasses<D extends Dataset>(data: D, names: readonly string[]): D {
  const { classNames } = data;
  if (names.length === classNames.length && names.every((name, i) => name === classNames[i])) return data;
  const labels = new Map(names.map((name, label) => [classNames.indexOf(name), label]));
  const indicesIn = (set: LabelledImages) =>
    Uint32Array.from(set.labels.keys()).filter((i) => labels.has(set.labels[i]!));
  const part = (set: LabelledImages): LabelledImages => {
    const selected = selectImages(set, indicesIn(set));
    return { ...selected, labels: selected.labels.map((label) => labels.get(label)!) };
  };
  const unitsIn = (set: 'train' | 'test') => Uint32Array.from(indicesIn(data[set]), (i) => data.units![set][i]!);
  const kept = new Set(data.validation);
  const validation =
    data.validation && Array.from(indicesIn(data.train)).flatMap((i, place) => (kept.has(i) ? [place] : []));
  return {
    ...data,
    ...(validation && { validation: Uint32Array.from(validation) }),
    ...(data.units && { units: { train: unitsIn('train'), test: unitsIn('test') } }),
    classNames: names,
    train: part(data.train),
    test: part(data.test),
  };
}
