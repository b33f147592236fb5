import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import { buildNetwork, requireClassifier } from '../graph/graph.ts';
import { parseNetwork } from '../graph/parse.ts';
import { formatShape } from '../graph/shape.ts';
import type { Model } from '../model/model.ts';
import { readCard, writeCard } from './modelCard.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

/** Raised when a reader of the version before would misread the file. */
const formatVersion = 1;

const classNamesSchema = z.array(z.string()).min(1);
const preprocessingSchema = z.object({
  divideBy: z.number().positive(),
  reshape: z.array(z.int().positive()),
  labels: z.literal('oneHot'),
});

/**
 * A model as a safetensors file: arrays `<layer>/kernel` and `<layer>/bias`, those of its card as `card/…`, the rest as JSON
 * strings in the metadata.
 */
export function writeModel(model: Model): Uint8Array {
  const { network, parameters, classNames, preprocessing } = model;
  const card = model.card && writeCard(model.card);
  const weights = network.parameters.map(
    ({ name, shape, offset, size }) => [name, { shape, values: parameters.subarray(offset, offset + size) }] as const,
  );
  return writeSafetensors({
    tensors: new Map([...weights, ...(card?.tensors ?? [])]),
    metadata: {
      format: 'selvedge-model',
      version: String(formatVersion),
      spec: JSON.stringify(network.spec),
      classNames: JSON.stringify(classNames),
      preprocessing: JSON.stringify(preprocessing),
      ...(card && { card: card.json }),
    },
  });
}

/**
 * Reads what `writeModel` wrote.
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readModel(bytes: Uint8Array, file: string): Model {
  const { tensors, metadata } = readSafetensors(bytes, file);
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-model', `${file} is no usable model: ${what}.`);
  };
  if (metadata['format'] !== 'selvedge-model')
    fail('it is a safetensors file, but its metadata does not say selvedge-model');
  const version = Number(metadata['version']);
  if (!Number.isSafeInteger(version) || version < 1) fail('its metadata does not say of which format version it is');
  if (version > formatVersion) {
    fail(`it is of format version ${version}, and this program reads up to ${formatVersion}; update selvedge`);
  }
  const parsed = <T>(key: string, parse: (value: unknown) => T): T => {
    try {
      return parse(JSON.parse(metadata[key] ?? ''));
    } catch (error) {
      return fail(
        `its ${key} cannot be read${error instanceof SelvedgeError ? ` (${error.message.replace(/\.$/, '')})` : ''}`,
      );
    }
  };
  const classNames = parsed('classNames', (value) => classNamesSchema.parse(value));
  const preprocessing = parsed('preprocessing', (value) => preprocessingSchema.parse(value));
  const network = parsed('spec', (value) => buildNetwork(parseNetwork(value)));
  parsed('spec', () => requireClassifier(network, classNames.length));
  const placed = network.parameters.map(({ name, shape, offset }) => {
    const tensor = tensors.get(name) ?? fail(`it lacks the array ${name}`);
    if (formatShape(tensor.shape) !== formatShape(shape)) {
      fail(`array ${name} has the shape ${formatShape(tensor.shape)}, but the network needs ${formatShape(shape)}`);
    }
    return { values: tensor.values, offset };
  });
  // Only now: a network that the file's arrays do not fill could be of any size.
  const parameters = new Float32Array(network.parameterCount);
  for (const { values, offset } of placed) parameters.set(values, offset);
  const card = metadata['card'] && parsed('card', (value) => readCard(value, tensors, network));
  return { network, parameters, classNames, preprocessing, ...(card && { card }) };
}
