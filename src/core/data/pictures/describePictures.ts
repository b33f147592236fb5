import { clustersOf, largeClusters } from './clusters.ts';
import type { LeftOut, PictureEntry } from './folderLayout.ts';
import type { Part } from './manifest.ts';
import type { PictureSplit } from './splitPictures.ts';

/** What is known of a picture after it was decoded. */
export interface PictureFacts {
  /** Upright, before it was resized. */
  readonly height: number;
  readonly width: number;
  /** 1 (grey) or 3 (RGB) */
  readonly channels: number;
  /** SHA-256 of the file. */
  readonly contentSha256: string;
}

export interface DescribedPictures {
  readonly classNames: readonly string[];
  readonly entries: readonly PictureEntry[];
  readonly labels: Uint32Array;
  readonly facts: readonly PictureFacts[];
  /** As `nearDuplicateClusters` returns them. */
  readonly clusters: Uint32Array;
  readonly leftOut: readonly LeftOut[];
}

/** Counts of a data set of pictures. Lists of pictures are lists of paths. */
export interface PicturesDescription {
  readonly pictures: number;
  readonly classes: readonly {
    readonly name: string;
    readonly pictures: number;
    readonly grey: number;
    /** What the split gives it; null where the pictures cannot be split. */
    readonly split: Readonly<Record<Part, number>> | null;
  }[];
  readonly grey: number;
  readonly colour: number;
  /** Widths and heights of the pictures with the fewest, the median and the most pixels; null without pictures. */
  readonly sizes: Readonly<Record<'smallest' | 'median' | 'largest', readonly [width: number, height: number]>> | null;
  /** Pictures of the largest class for one of the smallest; null where a class is empty. */
  readonly imbalance: number | null;
  /** Groups of two or more pictures, and how many pictures these have. */
  readonly groups: { readonly count: number; readonly pictures: number };
  /** Files that were left out, with a reason for each. */
  readonly leftOut: readonly LeftOut[];
  readonly duplicates: {
    /** Files whose bytes are those of an earlier one. */
    readonly copies: number;
    /** Pictures that are in a cluster of near-duplicates. */
    readonly pictures: number;
    readonly withinClass: readonly (readonly string[])[];
    readonly acrossClasses: readonly (readonly string[])[];
    /** Of each class, its largest cluster if that has over 5 % of the class' pictures. */
    readonly large: readonly { readonly class: string; readonly pictures: number; readonly share: number }[];
  };
}

export function describePictures(
  { classNames, entries, labels, facts, clusters, leftOut }: DescribedPictures,
  split: PictureSplit | undefined,
): PicturesDescription {
  const classes = classNames.map((name, label) => {
    const indices = entries.flatMap((_, i) => (labels[i] === label ? [i] : []));
    const count = (part: Part) => indices.filter((i) => split?.parts[i] === part).length;
    return {
      name,
      pictures: indices.length,
      grey: indices.filter((i) => facts[i]!.channels === 1).length,
      split: split ? { train: count('train'), validation: count('validation'), test: count('test') } : null,
    };
  });
  const grey = facts.filter(({ channels }) => channels === 1).length;
  const bySize = [...facts].sort((a, b) => a.height * a.width - b.height * b.width);
  const sizeAt = (i: number) => [bySize[i]!.width, bySize[i]!.height] as const;
  const counts = classes.map(({ pictures }) => pictures);
  const groups = new Map<string, number>();
  for (const { group } of entries) if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
  const shared = [...groups.values()].filter((count) => count > 1);
  const found = clustersOf(clusters);
  const isAcross = (indices: readonly number[]) => indices.some((i) => labels[i] !== labels[indices[0]!]);
  const paths = (indices: readonly number[]) => indices.map((i) => entries[i]!.path);
  return {
    pictures: entries.length,
    classes,
    grey,
    colour: entries.length - grey,
    sizes:
      bySize.length > 0
        ? { smallest: sizeAt(0), median: sizeAt((bySize.length - 1) >> 1), largest: sizeAt(bySize.length - 1) }
        : null,
    imbalance: Math.min(...counts) > 0 ? Math.max(...counts) / Math.min(...counts) : null,
    groups: { count: shared.length, pictures: shared.reduce((sum, count) => sum + count, 0) },
    leftOut,
    duplicates: {
      copies: entries.length - new Set(facts.map(({ contentSha256 }) => contentSha256)).size,
      pictures: found.reduce((sum, indices) => sum + indices.length, 0),
      withinClass: found.filter((indices) => !isAcross(indices)).map(paths),
      acrossClasses: found.filter(isAcross).map(paths),
      large: largeClusters(found, labels, classNames.length).map(({ label, members, share }) => ({
        class: classNames[label]!,
        pictures: members.length,
        share,
      })),
    },
  };
}
