import type { Answers } from '../model/classifier.ts';
import type { ReliabilityMetadata } from '../model/reliability.ts';
import { atTemperature } from './calibration.ts';
import { type InDistributionScore, inDistributionScores } from './outOfDistribution/score.ts';

/** Calibrated probabilities and in-distribution scores. */
export interface ReliableAnswers {
  /** [N, Y] */
  readonly probabilities: Float32Array;
  /** One per picture; null where the model has no in-distribution score. */
  readonly familiarity: readonly InDistributionScore[] | null;
}

/** @param count N */
export function reliableAnswers(
  { calibration, familiarity }: ReliabilityMetadata,
  { probabilities, features }: Answers,
  count: number,
): ReliableAnswers {
  return {
    probabilities: atTemperature(probabilities, probabilities.length / count, calibration.temperature),
    familiarity: familiarity && inDistributionScores(familiarity, { values: features, size: features.length / count }),
  };
}
