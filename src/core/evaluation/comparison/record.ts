import type { McNemar } from '../../statistics/mcnemar.ts';
import type { Estimate, MeanDifference } from '../../statistics/meanTests.ts';
import type { TestMeasures } from './measure.ts';

/** One run's figures. Times are those that were recorded in training. */
export interface RunFigures extends TestMeasures {
  readonly run: string;
  readonly seed: number;
  readonly secondsPerEpoch: number | null;
  readonly trainingSeconds: number;
  readonly threads: number;
  readonly processor: string;
}

/** A mean over a group's runs, and its 95 % t interval over seeds; null for one run. */
export interface MeanOverSeeds {
  readonly mean: number;
  readonly interval: Omit<Estimate, 'value'> | null;
}

export interface GroupFigures {
  /** A, B, …: its name in the differences. */
  readonly id: string;
  readonly label: string;
  readonly runs: readonly RunFigures[];
  readonly accuracy: MeanOverSeeds;
  /** Negative log-likelihood, nats per image. */
  readonly loss: MeanOverSeeds;
  /** Means over the runs. */
  readonly equalMassError: number;
  readonly equalWidthError: number;
  /** The same at the models' temperatures; null where not all runs have one. */
  readonly calibrated: {
    readonly equalMassError: number;
    readonly equalWidthError: number;
    readonly loss: number;
  } | null;
  readonly parameters: number;
  /** Of one image, forward. */
  readonly multiplyAdds: number;
  /** Means over the runs; null where one completed no epoch. */
  readonly secondsPerEpoch: number | null;
  readonly trainingSeconds: number;
}

/** A difference of two groups' means, first minus second. */
export interface DifferenceOverSeeds {
  readonly value: number;
  /** Null where a group has one run. */
  readonly test: MeanDifference | null;
  /** By Holm's method over all pairs of groups. */
  readonly adjustedPValue: number | null;
}

/** How two groups' models differ on the single test images. */
export interface DifferenceOnImages {
  /** McNemar's tests, by seed where both groups have the same seeds, otherwise of every run with every other. */
  readonly pairs: readonly (McNemar & { readonly firstSeed: number; readonly secondSeed: number })[];
  /** All pairs' p-values in one. */
  readonly pValue: number;
  readonly adjustedPValue: number;
}

/**
 * `difference`: significant over seeds and over test images; `noise`: over neither; `uncertain`: over one of them, or over test images
 * where seeds cannot be tested.
 */
export type ComparisonVerdict = 'difference' | 'uncertain' | 'noise';

export interface GroupDifference {
  readonly first: string;
  readonly second: string;
  readonly accuracy: DifferenceOverSeeds;
  readonly loss: DifferenceOverSeeds;
  readonly images: DifferenceOnImages;
  /** About the accuracy. */
  readonly verdict: ComparisonVerdict;
  readonly sentence: string;
}

/** The contents of `compare.json`. */
export interface Comparison {
  readonly format: 'selvedge-comparison';
  readonly version: 1;
  /** The version of the program. */
  readonly selvedge: string;
  readonly dataset: { readonly name: string; readonly testImages: number };
  /** A p-value up to this is significant. */
  readonly level: number;
  readonly groups: readonly GroupFigures[];
  /** Every pair of groups. */
  readonly differences: readonly GroupDifference[];
  /** What the reader should know about the figures. */
  readonly notes: readonly string[];
}
