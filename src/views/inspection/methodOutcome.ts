import type { Estimate, MethodScore } from '../../core/inspection/record.ts';

/** A method passes the sanity check where the whole interval of its last correlation is at most this far from 0. */
export const nearZero = 0.2;

export type Against = 'better' | 'no different' | 'worse';

/** On fewer images even gains that all agree in sign are likely enough by chance: at 6, 1 in 32. */
export const fewestImages = 6;

/** What a method passes and fails on this model. Against a random order only a 95 % interval that leaves out 0 counts. */
export interface MethodOutcome {
  readonly deletion: Against;
  readonly insertion: Against;
  /** Null where there is no correlation with all layers randomised. */
  readonly sane: boolean | null;
}

/**
 * Null where the method was tried on too few images.
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

/** The last level of the sanity check: that of the method which got furthest. */
export function deepestLevel(scores: readonly MethodScore[]): string | undefined {
  return scores
    .map(({ sanity }) => sanity)
    .sort((a, b) => b.length - a.length)[0]
    ?.at(-1)?.downTo;
}

function against(gain: Estimate): Against {
  return gain.low > 0 ? 'better' : gain.high < 0 ? 'worse' : 'no different';
}
