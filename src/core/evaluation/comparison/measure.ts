import type { Scored } from '../../model/staging.ts';
import { argmax, mean } from '../../training/metrics.ts';
import {
  atTemperature,
  equalMassCalibrationError,
  expectedCalibrationError,
  negativeLogLikelihood,
} from '../calibration.ts';

/** Calibration on the test set. */
export interface CalibrationMeasures {
  /** Expected calibration errors in 15 bins, of equal mass and of equal width. */
  readonly equalMass: number;
  readonly equalWidth: number;
  /** Mean negative log-likelihood, nats per image. */
  readonly loss: number;
}

/** A model's figures on the test set. */
export interface TestMeasures {
  readonly accuracy: number;
  /** Of the probabilities as the network gives them. */
  readonly plain: CalibrationMeasures;
  /** Of those at the model's temperature; null where it has no reliability metadata. */
  readonly calibrated: (CalibrationMeasures & { readonly temperature: number }) | null;
}

/** Figures, and for each test image whether the most probable class is its label. */
export interface Measured {
  readonly measures: TestMeasures;
  /** [N], 1 or 0 */
  readonly correct: Uint8Array;
}

/**
 * @param labels [N]
 * @param temperature the model's; null where it has none
 */
export function measureTest(
  { probabilities, losses }: Scored,
  labels: ArrayLike<number>,
  temperature: number | null,
): Measured {
  const classes = probabilities.length / labels.length;
  const correct = Uint8Array.from(labels, (label, n) =>
    argmax(probabilities, n * classes, (n + 1) * classes) === label ? 1 : 0,
  );
  const calibration = (values: Float32Array, loss: number): CalibrationMeasures => ({
    equalMass: equalMassCalibrationError({ probabilities: values, labels }),
    equalWidth: expectedCalibrationError({ probabilities: values, labels }),
    loss,
  });
  const calibrated = temperature !== null && {
    ...calibration(
      atTemperature(probabilities, classes, temperature),
      negativeLogLikelihood({ probabilities, labels }, temperature),
    ),
    temperature,
  };
  const plain = calibration(probabilities, mean(losses));
  return { measures: { accuracy: mean(correct), plain, calibrated: calibrated || null }, correct };
}
