import { z } from 'zod';

/** A value with its 95 % interval. */
export type Interval = z.infer<typeof intervalSchema>;
/** What a temperature does to one set of images: the expected calibration error and the loss (in nats) before and after it. */
export type CalibrationError = z.infer<typeof calibrationErrorSchema>;
export type Calibration = z.infer<typeof calibrationSchema>;
/** How well the familiarity score tells one kind of foreign pictures from the test images. */
export type ForeignFigures = z.infer<typeof foreignSchema>;
type FamiliarityFigures = z.infer<typeof familiaritySchema>;

/** What the familiarity score is computed with. */
export interface FamiliarityParameters {
  /** Upper triangular [D, D], D the size of the layer's output. */
  readonly whitening: Float32Array;
  /** [classes with training images, D], whitened. */
  readonly means: Float32Array;
  /** The validation split's distances, ascending. */
  readonly reference: Float32Array;
}

/** What is known of a model's answers from images that it was not trained on. */
export interface ModelCard {
  readonly calibration: Calibration;
  /** Null where the network has no layer to judge by. */
  readonly familiarity: (FamiliarityFigures & FamiliarityParameters) | null;
  readonly sets: z.infer<typeof setsSchema>;
  /** The version of the program that fitted it. */
  readonly selvedge: string;
}

const share = z.number().min(0).max(1);
const natural = z.int().min(0);
const intervalSchema = z.object({ value: share, low: share, high: share }).readonly();
const calibrationErrorSchema = z
  .object({
    images: natural,
    before: share,
    after: share,
    lossBefore: z.number().min(0),
    lossAfter: z.number().min(0),
  })
  .readonly();
const calibrationSchema = z
  .object({
    temperature: z.number().positive(),
    /** What was fitted; `temperature` is 1 instead where this made the validation split's error larger. */
    fittedTemperature: z.number().positive(),
    bins: z.int().positive(),
    validation: calibrationErrorSchema,
    test: calibrationErrorSchema,
  })
  .readonly();
const foreignSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    pictures: natural,
    auroc: intervalSchema,
    /** The share of them that is called familiar. */
    kept: share,
  })
  .readonly();
const familiaritySchema = z
  .object({
    /** The layer whose output is judged. */
    layer: z.string(),
    /** A picture is familiar when its score is at least this. */
    leastScore: share,
    /** The shares of the validation split and of the test set that are called familiar. */
    validationKept: share,
    testKept: share,
    /** Empty where pictures of the network's input size cannot be drawn. */
    foreign: z.array(foreignSchema).readonly(),
  })
  .readonly();
const setsSchema = z.object({ fitted: natural, validation: natural, test: natural }).readonly();
export const cardSchema = z.object({
  version: z.int().positive(),
  selvedge: z.string(),
  sets: setsSchema,
  calibration: calibrationSchema,
  familiarity: familiaritySchema.nullable(),
});
