import { z } from 'zod';
import type { Preprocessing } from '../data/preprocessing.ts';
import { SelvedgeError } from '../errors.ts';
import { buildNetwork, type Network, requireClassifier } from '../graph/network.ts';
import { parseNetwork } from '../graph/parse.ts';
import { formatShape } from '../graph/shape.ts';
import { isEnsemble } from '../model/ensemble.ts';
import type { Ensemble, Member, Model, ServableModel } from '../model/model.ts';
import { readReliability, writeReliability } from './reliabilityMetadata.ts';
import { readSelvedgeFile, type SelvedgeFile, type TensorFile, writeSafetensors } from './safetensors.ts';

/** One network; and several, the members of an ensemble, which readers of version 1 would not find. */
const versions = { model: 1, ensemble: 2 } as const;
/** The metadata's entry for the reliability metadata; the arrays' names start with it too. */
const reliabilityEntry = 'card';

export const classNamesSchema = z.array(z.string()).min(1).readonly();
export const preprocessingSchema = z.object({
  divideBy: z.number().positive(),
  reshape: z.array(z.int().positive()).readonly(),
  labels: z.literal('oneHot'),
  pictures: z.object({ photos: z.enum(['garment', 'whole']), negate: z.boolean() }).optional(),
}) satisfies z.ZodType<Preprocessing>;

type Tensor = TensorFile['tensors'] extends ReadonlyMap<string, infer T> ? T : never;

/** What the arrays of an ensemble's member begin with. */
const memberPrefix = (i: number) => `member-${i + 1}/`;

/**
 * A model as a safetensors file: arrays `<layer>/kernel` and `<layer>/bias`, those of its reliability metadata as `card/…`, and
 * the rest as JSON strings in the metadata. An ensemble is one file too: `spec` is replaced by `members`, the list of its members' specs,
 * and the arrays of the first begin with `member-1/`.
 */
export function writeModel(model: ServableModel): Uint8Array {
  const { classNames, preprocessing, reliability } = model;
  const written = reliability && writeReliability(reliability);
  const networks = isEnsemble(model)
    ? {
        version: versions.ensemble,
        weights: model.members.flatMap((member, i) => weightsOf(member, memberPrefix(i))),
        specs: { members: JSON.stringify(model.members.map(({ network }) => network.spec)) },
      }
    : {
        version: versions.model,
        weights: weightsOf(model, ''),
        specs: { spec: JSON.stringify(model.network.spec) },
      };
  return writeSafetensors({
    tensors: new Map([...networks.weights, ...(written?.tensors ?? [])]),
    metadata: {
      format: 'selvedge-model',
      version: String(networks.version),
      ...networks.specs,
      classNames: JSON.stringify(classNames),
      preprocessing: JSON.stringify(preprocessing),
      ...(written && { [reliabilityEntry]: written.json }),
    },
  });
}

function weightsOf({ network, parameters }: Member, prefix: string): (readonly [string, Tensor])[] {
  return network.parameters.map(({ name, shape, offset, size }) => [
    prefix + name,
    { shape, values: parameters.subarray(offset, offset + size) },
  ]);
}

/**
 * Reads a single model that `writeModel` wrote.
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it, also where it is an ensemble's
 */
export function readModel(bytes: Uint8Array, file: string): Model {
  const model = readServableModel(bytes, file);
  if (!isEnsemble(model)) return model;
  throw new SelvedgeError(
    'bad-model',
    `${file} is an ensemble of ${model.members.length} models, but a single network is needed here; name one of the runs that it was made of.`,
  );
}

/**
 * Reads what `writeModel` wrote, a model or an ensemble.
 * @throws SelvedgeError 'bad-model' naming the file and what is wrong with it
 */
export function readServableModel(bytes: Uint8Array, file: string): ServableModel {
  const read = readSelvedgeFile(bytes, file, 'model', versions.ensemble);
  const { tensors, metadata, fail, parsed } = read;
  const classNames = parsed('classNames', (value) => classNamesSchema.parse(value));
  const preprocessing = parsed('preprocessing', (value) => preprocessingSchema.parse(value));
  const networkOf = (spec: unknown) => {
    const network = buildNetwork(parseNetwork(spec));
    requireClassifier(network, classNames.length);
    return network;
  };
  const isOfSeveral = Number(metadata['version']) === versions.ensemble;
  const networks = isOfSeveral
    ? parsed('members', (value) => z.array(z.unknown()).min(2).parse(value).map(networkOf))
    : [parsed('spec', networkOf)];
  const [network] = networks as [Network];
  const given = formatShape(preprocessing.reshape);
  for (const { inputShape } of networks) {
    const expected = formatShape(inputShape);
    if (given !== expected) fail(`its preprocessing gives images of shape ${given}, but the network needs ${expected}`);
  }
  // Checked for all members before anything is allocated: a network whose weights the file lacks could be of any size.
  const found = networks.map((one, i) => findWeights(read, one, isOfSeveral ? memberPrefix(i) : ''));
  const members = networks.map((one, i): Member => ({ network: one, parameters: joinWeights(one, found[i]!) }));
  const reliability =
    metadata[reliabilityEntry] &&
    parsed(reliabilityEntry, (value) => readReliability(value, tensors, network), 'reliability metadata');
  const rest = { classNames, preprocessing, ...(reliability && { reliability }) };
  return isOfSeveral
    ? ({ network, members, ...rest } satisfies Ensemble)
    : ({ ...members[0]!, ...rest } satisfies Model);
}

/** Where a network's weights are in a file. */
export type FoundWeights = readonly { readonly values: Float32Array; readonly offset: number }[];

/** @throws SelvedgeError 'bad-model' where an array is missing or has another shape */
export function findWeights({ tensor, fail }: SelvedgeFile, network: Network, prefix: string): FoundWeights {
  return network.parameters.map(({ name, shape, offset }) => {
    const { shape: written, values } = tensor(prefix + name);
    if (formatShape(written) !== formatShape(shape)) {
      fail(`array ${prefix}${name} has the shape ${formatShape(written)}, but the network needs ${formatShape(shape)}`);
    }
    return { values, offset };
  });
}

/** All weights in the network's order. */
export function joinWeights(network: Network, weights: FoundWeights): Float32Array {
  const parameters = new Float32Array(network.parameterCount);
  for (const { values, offset } of weights) parameters.set(values, offset);
  return parameters;
}
