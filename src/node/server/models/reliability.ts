import type { Familiarity } from '../../../core/evaluation/outOfDistribution/score.ts';
import { trustedAnswers } from '../../../core/evaluation/reliableAnswers.ts';
import type { Model } from '../../../core/model/model.ts';
import type { Answers } from '../../../core/training/runtime.ts';

/** What the service says about its answers. */
export interface Judged {
  /** [N, Y], calibrated where the model's card says how. */
  readonly probabilities: Float32Array;
  /** One a picture; null where the card has nothing to judge by. */
  readonly familiarity: readonly Familiarity[] | null;
}

/** What a model's card lets the service say. The one place where cards enter it. */
export interface Trust {
  readonly calibrated: boolean;
  /** Whether it can tell which pictures are like the training data. */
  readonly judgesFamiliarity: boolean;
  /** How to get what is missing; absent when nothing is. */
  readonly hint?: string;
  /** @param count N, how many pictures the answers are of */
  judge(answers: Answers, count: number): Judged;
}

const hint =
  'This model was trained without a validation split, so its probabilities are not calibrated and nothing tells whether a ' +
  'picture is like its training data; train with --validation 5000.';

/** The trust that a model deserves. */
export function trustOf({ card }: Model): Trust {
  if (!card) {
    const judge: Trust['judge'] = ({ probabilities }) => ({ probabilities, familiarity: null });
    return { calibrated: false, judgesFamiliarity: false, hint, judge };
  }
  return {
    calibrated: true,
    judgesFamiliarity: card.familiarity !== null,
    judge: (answers, count) => trustedAnswers(card, answers, count),
  };
}
