import { reliableAnswers } from '../../../core/evaluation/reliableAnswers.ts';
import type { Answers } from '../../../core/model/classifier.ts';
import { isEnsemble } from '../../../core/model/ensemble.ts';
import type { ServableModel } from '../../../core/model/model.ts';

/** Calibrated probabilities [N, Y], and an in-distribution score for each picture; null where the model has none. */
export type ReliableAnswers = ReturnType<typeof reliableAnswers>;

/** What a model's reliability metadata (calibration and out-of-distribution detection) does for its answers. */
export interface Reliability {
  readonly calibrated: boolean;
  /** Whether the model can tell which pictures are like its training data. */
  readonly detectsOutOfDistribution: boolean;
  /** How to get what is missing; absent when nothing is. */
  readonly hint?: string;
  /** @param count N, the number of pictures that the answers are for */
  apply(answers: Answers, count: number): ReliableAnswers;
}

const hint =
  'This model was trained without a validation split, so its probabilities are not calibrated and it cannot tell whether a ' +
  'picture is like its training data; train with --validation 5000.';

const ensembleHint =
  'The members of this ensemble did not keep the same validation images out of training, so its probabilities are not calibrated and it ' +
  'cannot tell whether a picture is like its training data; train them with one --validation and one --seed.';

export function reliabilityOf(model: ServableModel): Reliability {
  const { reliability } = model;
  if (!reliability) {
    const apply: Reliability['apply'] = ({ probabilities }) => ({ probabilities, familiarity: null });
    return { calibrated: false, detectsOutOfDistribution: false, hint: isEnsemble(model) ? ensembleHint : hint, apply };
  }
  return {
    calibrated: true,
    detectsOutOfDistribution: reliability.familiarity !== null,
    apply: (answers, count) => reliableAnswers(reliability, answers, count),
  };
}
