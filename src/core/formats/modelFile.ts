import { z } from 'zod';
import type { Preprocessing } from '../data/preprocessing.ts';
import { buildNetwork, requireClassifier } from '../graph/network.ts';
import { parseNetwork } from '../graph/parse.ts';
import { formatShape } from '../graph/shape.ts';
import type { Model } from '../model/model.ts';
import { readReliability, writeReliability } from './reliabilityMetadata.ts';
import { readSelvedgeFile, writeSafetensors } from './safetensors.ts';

/** Raised when a reader of the version before would misread the file. */
const formatVersion = 1;
/** The metadata's entry for the reliability metadata; the arrays' names start with it too. */
const reliabilityEntry = 'card';

export const classNamesSchema = z.array(z.string()).min(1).readonly();
export const preprocessingSchema = z.object({
  divideBy: z.number().positive(),
  reshape: z.array(z.int().positive()).readonly(),
  labels: z.literal('oneHot'),
}) satisfies z.ZodType<Preprocessing>;

/**
 * A model as a safetensors file: arrays `<layer>/kernel` and `<layer>/bias`, those of its reliability metadata as `card/…`, and
 * the rest as JSON strings in the metadata.
 */
export function writeModel({ network, parameters, classNames, preprocessing, reliability }: Model): Uint8Array {
  const written = reliability && writeReliability(reliability);
  const weights = network.parameters.map(
    ({ name, shape, offset, size }) => [name, { shape, values: parameters.subarray(offset, offset + size) }] as const,
  );
  return writeSafetensors({
    tensors: new Map([...weights, ...(written?.tensors ?? [])]),
    metadata: {
      format: 'selvedge-model',
      version: String(formatVersion),
      spec: JSON.stringify(network.spec),
      classNames: JSON.stringify(classNames),
      preprocessing: JSON.stringify(preprocessing),
      ...(written && { [reliabilityEntry]: written.json }),
    },
  });
}

/**
 * Reads what `writeModel` wrote.
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readModel(bytes: Uint8Array, file: string): Model {
  const { tensors, metadata, fail, parsed, tensor } = readSelvedgeFile(bytes, file, 'model', formatVersion);
  const classNames = parsed('classNames', (value) => classNamesSchema.parse(value));
  const preprocessing = parsed('preprocessing', (value) => preprocessingSchema.parse(value));
  const network = parsed('spec', (value) => buildNetwork(parseNetwork(value)));
  parsed('spec', () => requireClassifier(network, classNames.length));
  const [given, expected] = [formatShape(preprocessing.reshape), formatShape(network.inputShape)];
  if (given !== expected) fail(`its preprocessing gives images of shape ${given}, but the network needs ${expected}`);
  const weights = network.parameters.map(({ name, shape, offset }) => {
    const { shape: written, values } = tensor(name);
    if (formatShape(written) !== formatShape(shape)) {
      fail(`array ${name} has the shape ${formatShape(written)}, but the network needs ${formatShape(shape)}`);
    }
    return { values, offset };
  });
  // Allocated only now: a network whose weights the file lacks could be of any size.
  const parameters = new Float32Array(network.parameterCount);
  for (const { values, offset } of weights) parameters.set(values, offset);
  const reliability =
    metadata[reliabilityEntry] &&
    parsed(reliabilityEntry, (value) => readReliability(value, tensors, network), 'reliability metadata');
  return { network, parameters, classNames, preprocessing, ...(reliability && { reliability }) };
}
