import { z } from 'zod';
import { epochMetricsSchema } from './history.ts';

/** The part of a training's state that is no array. */
export const trainingProgressSchema = z.object({
  /** The completed epochs. */
  history: z.array(epochMetricsSchema).readonly(),
  /** Completed steps of the current epoch, and the sums over their images. */
  step: z.int().min(0),
  lossSum: z.number(),
  correct: z.int().min(0),
  /** Wall time spent in the current epoch. */
  seconds: z.number(),
});

/** The state of a training between two steps: with the run's configuration, all that determines how it continues. */
export interface TrainingState extends Readonly<z.infer<typeof trainingProgressSchema>> {
  readonly parameters: Float32Array;
  /** What the optimizer keeps, and the parameters' average where there is one, by name: see `stateNames`. */
  readonly optimizer: Readonly<Record<string, Float32Array>>;
}
