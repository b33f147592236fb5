import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import type { Network } from '../graph/network.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import { type ReliabilityMetadata, reliabilitySchema } from '../model/reliability.ts';
import type { TensorFile } from './safetensors.ts';

/** Raised when a reader of the version before would misread the metadata. */
const formatVersion = 1;

const arrayNames = { whitening: 'card/whitening', means: 'card/means', reference: 'card/reference' } as const;

/** Reliability metadata as JSON for a model file's metadata, and its arrays. */
export function writeReliability({ calibration, thresholds, familiarity, sets, from, selvedge }: ReliabilityMetadata): {
  readonly json: string;
  readonly tensors: TensorFile['tensors'];
} {
  const head = { version: formatVersion, selvedge, sets, from, calibration, thresholds };
  if (!familiarity) return { json: JSON.stringify({ ...head, familiarity: null }), tensors: new Map() };
  const { whitening, means, reference, ...metrics } = familiarity;
  const D = Math.sqrt(whitening.length);
  return {
    json: JSON.stringify({ ...head, familiarity: metrics }),
    tensors: new Map([
      [arrayNames.whitening, { shape: [D, D], values: whitening }],
      [arrayNames.means, { shape: [means.length / D, D], values: means }],
      [arrayNames.reference, { shape: [reference.length], values: reference }],
    ]),
  };
}

/**
 * Reads what `writeReliability` wrote.
 * @param value the metadata's JSON, parsed
 * @returns undefined where the metadata is of a newer version than this program reads: the model is usable without it
 * @throws ZodError, or SelvedgeError 'bad-model' with a phrase for the middle of a sentence
 */
export function readReliability(
  value: unknown,
  tensors: TensorFile['tensors'],
  network: Network,
): ReliabilityMetadata | undefined {
  if (z.object({ version: z.int() }).parse(value).version > formatVersion) return undefined;
  const { familiarity: metrics, version: _, ...rest } = reliabilitySchema.parse(value);
  const classes = sizeOf(network.layers.at(-1)!.outputShape);
  const { thresholds } = rest;
  if (thresholds && thresholds.length !== classes) {
    throw new SelvedgeError(
      'bad-model',
      `it has thresholds of ${thresholds.length} classes, but the network has ${classes}`,
    );
  }
  if (!metrics) return { ...rest, familiarity: null };
  const layer = network.layers.find(({ name }) => name === metrics.layer);
  if (!layer) throw new SelvedgeError('bad-model', `the network has no layer ${metrics.layer}`);
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
    ...metrics,
    whitening: arrayOf(arrayNames.whitening, (shape) => isMatrix(shape) && shape[0] === D),
    means: arrayOf(arrayNames.means, isMatrix),
    reference: arrayOf(arrayNames.reference, (shape) => shape.length === 1 && shape[0]! > 0),
  };
  return { ...rest, familiarity };
}
