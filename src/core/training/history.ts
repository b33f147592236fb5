import { z } from 'zod';

/** One epoch's metrics. Accuracies are shares (0 to 1); losses are nats per image. */
export const epochMetricsSchema = z.object({
  /** Counted from 1. */
  epoch: z.int(),
  steps: z.int(),
  /** Mean over the epoch's batches while the weights changed and dropout and augmentation were on, as Keras reports it. */
  loss: z.number(),
  accuracy: z.number(),
  validationLoss: z.number().optional(),
  validationAccuracy: z.number().optional(),
  /** SHA-256 of the little-endian float32 of all parameters at the epoch's end. */
  weightsSha256: z.string(),
  /** Wall time of the training loop: shuffle, gather, normalise, draw, train. */
  seconds: z.number(),
});
export type EpochMetrics = Readonly<z.infer<typeof epochMetricsSchema>>;

/** One line of `metrics.jsonl`: running means since the start of the epoch, after this step. */
export const stepMetricsSchema = z.object({
  epoch: z.int(),
  /** Counted from 1 within the epoch. */
  step: z.int(),
  loss: z.number(),
  accuracy: z.number(),
});
export type StepMetrics = Readonly<z.infer<typeof stepMetricsSchema>>;
