import { z } from 'zod';
import type { TestTimeTransform } from '../model/testTimeAugmentation.ts';

const averageScoresSchema = z.object({ precision: z.number(), recall: z.number(), f1: z.number() });
/** A mean of the classes' scores: `macro` weights every class equally, `weighted` by its support. */
export type AverageScores = Readonly<z.infer<typeof averageScoresSchema>>;

const classScoresSchema = z.object({
  name: z.string(),
  /** TP / (TP + FP): the share of the predictions of this class that are correct. */
  precision: z.number(),
  /** TP / (TP + FN): the share of this class's images that are found. */
  recall: z.number(),
  /** 2 TP / (2 TP + FP + FN), the harmonic mean of the two. */
  f1: z.number(),
  /** Images with this label. */
  support: z.int(),
});
/** One class against all others. Shares from 0 to 1; a share of nothing is 0. */
export type ClassScores = Readonly<z.infer<typeof classScoresSchema>>;

const mistakeSchema = z.object({
  index: z.int(),
  label: z.int(),
  predicted: z.int(),
  confidence: z.number(),
});
/** A wrongly classified image. `index` is its position in the evaluated set; `confidence` is p(predicted). */
export type Mistake = Readonly<z.infer<typeof mistakeSchema>>;

export const evaluationSchema = z.object({
  count: z.int(),
  accuracy: z.number(),
  /** Mean cross-entropy, nats per image. */
  loss: z.number(),
  /** [Y, Y] counts: rows are true classes, columns predicted ones. */
  confusion: z.array(z.array(z.int()).readonly()).readonly(),
  perClass: z.array(classScoresSchema).readonly(),
  macro: averageScoresSchema,
  weighted: averageScoresSchema,
  /** The most confident first; of equals, the lower index. */
  mistakes: z.array(mistakeSchema).readonly(),
});
/** The metrics of a classifier on labelled images. */
export type Evaluation = Readonly<z.infer<typeof evaluationSchema>>;

/** The metrics of the same classifier with means over several views of each image. */
export interface AveragedEvaluation {
  readonly transforms: readonly TestTimeTransform[];
  /** How often each image goes through the network; without test-time augmentation once. */
  readonly passes: number;
  readonly evaluation: Evaluation;
}

/** Metrics, and beside them those with test-time augmentation where it was requested. */
export interface EvaluationWithAverage extends Evaluation {
  readonly testTimeAugmentation?: AveragedEvaluation;
}
