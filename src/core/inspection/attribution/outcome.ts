import type { Estimate, MethodScore } from '../record.ts';

/** A method passes the sanity check if the interval of its correlation at the last level is within this distance of 0. */
export const nearZero = 0.2;

export type Against = 'better' | 'no different' | 'worse';

/** With fewer images, gains of equal sign are too likely by chance: with 6, 1 in 32. */
export const fewestImages = 6;

/** The result of a method's evaluation. Compared with a random order, only a 95 % interval that excludes 0 counts. */
export interface MethodOutcome {
  readonly deletion: Against;
  readonly insertion: Against;
  /** Null where there is no correlation with all layers randomised. */
  readonly sane: boolean | null;
}

/**
 * Null where the method was evaluated on too few images.
 * @param deepest the level at which all layers are randomised: a record leaves out a level where all maps are constant
 */
export function outcomeOf(score: MethodScore, deepest: string | undefined): MethodOutcome | null {
  if (score.images < fewestImages) return null;
  const last = score.sanity.find(({ downTo }) => downTo === deepest)?.correlation;
  return {
    deletion: against(score.deletionGain),
    insertion: against(score.insertionGain),
    sane: last === undefined ? null : last.low >= -nearZero && last.high <= nearZero,
  };
}

/** Whether the method is better than a random order twice, and passes the sanity check. */
export function passesAll({ deletion, insertion, sane }: MethodOutcome): boolean {
  return deletion === 'better' && insertion === 'better' && sane === true;
}

/** The last level of the sanity check: that of the method with most levels. */
export function deepestLevel(scores: readonly MethodScore[]): string | undefined {
  return scores
    .map(({ sanity }) => sanity)
    .sort((a, b) => b.length - a.length)[0]
    ?.at(-1)?.downTo;
}

function against(gain: Estimate): Against {
  return gain.low > 0 ? 'better' : gain.high < 0 ? 'worse' : 'no different';
}
