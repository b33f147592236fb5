import { z } from 'zod';

/** A value with its 95 % interval. */
export type Interval = z.infer<typeof intervalSchema>;
/** The expected calibration error and the loss (in nats) on one set of images, before and after the temperature is applied. */
export type CalibrationError = z.infer<typeof calibrationErrorSchema>;
export type Calibration = z.infer<typeof calibrationSchema>;
/** How well the in-distribution score separates one kind of out-of-distribution pictures from the test images. */
export type OutOfDistributionMetrics = z.infer<typeof outOfDistributionSchema>;

/** A class's smallest probability at which its predictions were precise enough on validation images. */
export type PrecisionThreshold = z.infer<typeof precisionThresholdSchema>;
/** A class's thresholds, by ascending precision. */
export type ClassThresholds = z.infer<typeof classThresholdsSchema>;

/** Parameters of the in-distribution score. */
export interface InDistributionParameters {
  /** Upper triangular [D, D], D the size of the layer's output. */
  readonly whitening: Float32Array;
  /** [classes with training images, D], whitened. */
  readonly means: Float32Array;
  /** The validation split's distances, ascending. */
  readonly reference: Float32Array;
}

/** Calibration and out-of-distribution detection, fitted and measured on images that the model was not trained on. */
export interface ReliabilityMetadata {
  readonly calibration: Calibration;
  /** Thresholds of calibrated probabilities, one entry per class; absent in files of earlier versions. */
  readonly thresholds?: readonly ClassThresholds[] | undefined;
  /** The in-distribution score; null where the network has no layer whose output it can use. */
  readonly familiarity: (z.infer<typeof inDistributionSchema> & InDistributionParameters) | null;
  readonly sets: z.infer<typeof setsSchema>;
  /**
   * The run whose validation images chose temperature and threshold, where this model was trained on all images: the same
   * training, but for those. Absent where the model has validation images of its own.
   */
  readonly from?: z.infer<typeof sourceSchema> | undefined;
  /** The version of the program that fitted them. */
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
    /** The fitted value; `temperature` is 1 instead where this value increased the validation split's error. */
    fittedTemperature: z.number().positive(),
    bins: z.int().positive(),
    validation: calibrationErrorSchema,
    test: calibrationErrorSchema,
  })
  .readonly();
const outOfDistributionSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    pictures: natural,
    auroc: intervalSchema,
    /** The share of them whose score is at least `leastScore`. */
    kept: share,
  })
  .readonly();
const inDistributionSchema = z
  .object({
    /** The layer whose output is scored. */
    layer: z.string(),
    /** A picture counts as in-distribution when its score is at least this. */
    leastScore: share,
    /** The shares of the validation split and of the test set that count as in-distribution. */
    validationKept: share,
    testKept: share,
    /** Empty where pictures of the network's input size cannot be drawn. */
    foreign: z.array(outOfDistributionSchema).readonly(),
  })
  .readonly();
const precisionThresholdSchema = z
  .object({
    /** The stated precision: the share of accepted predictions that are right. */
    precision: share,
    /** Null where the validation images do not show that this precision is reached. */
    threshold: share.nullable(),
    /** The validation images that were predicted as the class with at least this probability, and those of them that are right. */
    accepted: natural,
    right: natural,
  })
  .readonly();
const classThresholdsSchema = z
  .object({
    /** The validation images that were predicted as the class. */
    predicted: natural,
    thresholds: z.array(precisionThresholdSchema).readonly(),
  })
  .readonly();
const setsSchema = z.object({ fitted: natural, validation: natural, test: natural }).readonly();
const sourceSchema = z.object({ trainImages: natural, weightsSha256: z.string() }).readonly();
export const reliabilitySchema = z.object({
  version: z.int().positive(),
  selvedge: z.string(),
  sets: setsSchema,
  from: sourceSchema.optional(),
  calibration: calibrationSchema,
  thresholds: z.array(classThresholdsSchema).readonly().optional(),
  familiarity: inDistributionSchema.nullable(),
});
