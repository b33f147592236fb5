import { z } from 'zod';

/** How a head's strength was chosen: on images kept out of training, by cross-validation, or not, where there are too few images. */
const chosenBySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('validation'), images: z.int() }),
  z.object({ kind: z.literal('cross-validation'), folds: z.int(), images: z.int() }),
  z.object({ kind: z.literal('fixed') }),
]);

/** The new head of a network whose first layers come from elsewhere. */
export const transferRecordSchema = z.object({
  /** The backbone's name, and where it was read: `efficientnet-lite0`, or a model's file. */
  from: z.string(),
  /** SHA-256 of the backbone's parameters, little-endian float32. */
  backboneSha256: z.string(),
  /** The side of the pictures in pixels, where the backbone takes any. */
  imageSize: z.int().nullable(),
  /** How many features the head reads. */
  features: z.int(),
  /** The reciprocal of the penalty: scikit-learn's C. */
  strength: z.number(),
  chosenBy: chosenBySchema,
  /** Where training went on with some of the backbone's layers: how many layers with weights, the new one included. */
  fineTuned: z.object({ layers: z.int() }).optional(),
});

export type TransferRecord = Readonly<z.infer<typeof transferRecordSchema>>;
export type ChosenBy = z.infer<typeof chosenBySchema>;
