import type { Answers } from '../model/classifier.ts';
import type { ModelCard } from '../model/reliability.ts';
import { atTemperature } from './calibration.ts';
import { type Familiarity, familiarityOf } from './outOfDistribution/score.ts';

/** Answers as a model's card corrects and judges them. */
export interface TrustedAnswers {
  /** Calibrated, [N, Y]. */
  readonly probabilities: Float32Array;
  /** One a picture; null where the card has nothing to judge by. */
  readonly familiarity: readonly Familiarity[] | null;
}

/** @param count N, how many pictures the answers are of */
export function trustedAnswers(card: ModelCard, { probabilities, features }: Answers, count: number): TrustedAnswers {
  const { calibration, familiarity } = card;
  return {
    probabilities: atTemperature(probabilities, probabilities.length / count, calibration.temperature),
    familiarity: familiarity && familiarityOf(familiarity, { values: features, size: features.length / count }),
  };
}
