import { z } from 'zod';

/**
 * How a head's strength, or its kind, was chosen: on images kept out of training, by cross-validation, or not: there are too few images, or
 * a hidden layer was asked for.
 */
const chosenBySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('validation'), images: z.int() }),
  z.object({ kind: z.literal('cross-validation'), folds: z.int(), images: z.int() }),
  z.object({ kind: z.literal('fixed') }),
]);

/** Where another head than a softmax regression was asked for. */
const headRecordSchema = z.object({
  asked: z.enum(['hidden', 'auto']),
  kind: z.enum(['linear', 'hidden']),
  /** Of the hidden layer; 0 without one. */
  units: z.int(),
  /** On the images that chose between the two; null where nothing was compared. */
  accuracies: z.object({ linear: z.number(), hidden: z.number() }).nullable(),
});

/** The accuracy of heads on the pictures of each fold, none of which they were fitted to. */
const crossValidationSchema = z.object({
  folds: z.int(),
  images: z.int(),
  /** Sets of images that stay in one fold; as many as images where each is alone. */
  units: z.int(),
  accuracy: z.number(),
  /** The 95 % interval. */
  low: z.number(),
  high: z.number(),
});

/** How well a head does on the validation images, for pictures of one side in pixels. */
const sizeScoreSchema = z.object({ side: z.int(), images: z.int(), accuracy: z.number(), loss: z.number() });

/** The new head of a network whose first layers come from elsewhere. */
export const transferRecordSchema = z.object({
  /** The backbone's name, and where it was read: `efficientnet-lite0`, or a model's file. */
  from: z.string(),
  /** SHA-256 of the backbone's parameters, little-endian float32. */
  backboneSha256: z.string(),
  /** The side of the pictures in pixels, where the backbone takes any. */
  imageSize: z.int().nullable(),
  /** The sides that were tried, where the side was chosen on validation images. */
  triedSizes: z.array(sizeScoreSchema).readonly().optional(),
  /** How many features the head reads. */
  features: z.int(),
  /** Of a softmax regression, the reciprocal of the penalty: scikit-learn's C. Null for a hidden layer. */
  strength: z.number().nullable(),
  chosenBy: chosenBySchema,
  /** Left out for a softmax regression that was asked for. */
  head: headRecordSchema.optional(),
  /** Of a small set of photos. */
  crossValidation: crossValidationSchema.optional(),
  /** Where training went on with some of the backbone's layers: how many layers with weights, the new one included. */
  fineTuned: z.object({ layers: z.int() }).optional(),
});

export type TransferRecord = Readonly<z.infer<typeof transferRecordSchema>>;
export type CrossValidation = Readonly<z.infer<typeof crossValidationSchema>>;
export type SizeScore = Readonly<z.infer<typeof sizeScoreSchema>>;
export type HeadRecord = Readonly<z.infer<typeof headRecordSchema>>;
export type ChosenBy = z.infer<typeof chosenBySchema>;
