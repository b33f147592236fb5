import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import type { Network } from '../network/network.ts';
import { formatShape, type Shape, sizeOf } from '../network/shape.ts';
import type { TensorFile } from './safetensors.ts';

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

/** Raised when a reader of the version before would misread the card. */
const cardVersion = 1;

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
const cardSchema = z.object({
  version: z.int().positive(),
  selvedge: z.string(),
  sets: setsSchema,
  calibration: calibrationSchema,
  familiarity: familiaritySchema.nullable(),
});

const arrayNames = { whitening: 'card/whitening', means: 'card/means', reference: 'card/reference' } as const;

/** A card as JSON for the file's metadata, and its arrays. */
export function writeCard({ calibration, familiarity, sets, selvedge }: ModelCard): {
  readonly json: string;
  readonly tensors: TensorFile['tensors'];
} {
  const head = { version: cardVersion, selvedge, sets, calibration };
  if (!familiarity) return { json: JSON.stringify({ ...head, familiarity: null }), tensors: new Map() };
  const { whitening, means, reference, ...figures } = familiarity;
  const D = Math.sqrt(whitening.length);
  return {
    json: JSON.stringify({ ...head, familiarity: figures }),
    tensors: new Map([
      [arrayNames.whitening, { shape: [D, D], values: whitening }],
      [arrayNames.means, { shape: [means.length / D, D], values: means }],
      [arrayNames.reference, { shape: [reference.length], values: reference }],
    ]),
  };
}

/**
 * Reads what `writeCard` wrote.
 * @param value the metadata's JSON, parsed
 * @returns undefined where the card is of a newer version than this program reads: the model is usable without it
 * @throws ZodError, or SelvedgeError 'bad-model' with a phrase for the middle of a sentence
 */
export function readCard(value: unknown, tensors: TensorFile['tensors'], network: Network): ModelCard | undefined {
  if (z.object({ version: z.int() }).parse(value).version > cardVersion) return undefined;
  const { calibration, familiarity: figures, sets, selvedge } = cardSchema.parse(value);
  if (!figures) return { calibration, familiarity: null, sets, selvedge };
  const layer = network.layers.find(({ name }) => name === figures.layer);
  if (!layer) throw new SelvedgeError('bad-model', `the network has no layer ${figures.layer}`);
  const D = sizeOf(layer.outputShape);
  const arrayOf = (name: string, fits: (shape: Shape) => boolean) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new SelvedgeError('bad-model', `the array ${name} is missing`);
    if (fits(tensor.shape)) return tensor.values;
    throw new SelvedgeError(
      'bad-model',
      `array ${name} has the shape ${formatShape(tensor.shape)}, which does not fit`,
    );
  };
  const isMatrix = (shape: Shape) => shape.length === 2 && shape[0]! > 0 && shape[1] === D;
  const familiarity = {
    ...figures,
    whitening: arrayOf(arrayNames.whitening, (shape) => isMatrix(shape) && shape[0] === D),
    means: arrayOf(arrayNames.means, isMatrix),
    reference: arrayOf(arrayNames.reference, (shape) => shape.length === 1 && shape[0]! > 0),
  };
  return { calibration, familiarity, sets, selvedge };
}
