import { z } from 'zod';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { runConfigurationSchema, runNetworkSchema } from '../training/configuration.ts';
import { type TrainingState, trainingProgressSchema } from '../training/state.ts';
import { stateNames } from '../training/update.ts';
import { transferRecordSchema } from '../transfer/record.ts';
import { preprocessingSchema } from './modelFile.ts';
import { dataFilesSchema } from './runRecord.ts';
import { readSelvedgeFile, writeSafetensors } from './safetensors.ts';

const formatVersion = 1;

const identitySchema = z.object({
  network: runNetworkSchema,
  configuration: runConfigurationSchema,
  dataset: dataFilesSchema,
  wasmSha256: z.string(),
  /** SHA-256 of the kernels before, where a run was resumed with another build of the engine. */
  earlierEngines: z.array(z.string()).readonly(),
  startedAt: z.string(),
  /** Where training did not start from drawn weights: what it started from, and the preprocessing that came with it. */
  transfer: transferRecordSchema.optional(),
  preprocessing: preprocessingSchema.optional(),
});

/** What a training trains: a checkpoint can only be resumed with the same. */
export type TrainingIdentity = Readonly<z.infer<typeof identitySchema>>;

export interface Checkpoint {
  readonly identity: TrainingIdentity;
  readonly state: TrainingState;
}

/** A checkpoint as a safetensors file, with a SHA-256 over its arrays, identity and progress. */
export async function writeCheckpoint({ identity, state }: Checkpoint): Promise<Uint8Array> {
  const { parameters, optimizer, ...progress } = state;
  const names = arrayNames(identity);
  const arrays = [parameters, ...names.map((name) => optimizer[name]!)];
  return writeSafetensors({
    tensors: new Map(
      ['parameters', ...names].map((name, i) => [name, { shape: [arrays[i]!.length], values: arrays[i]! }]),
    ),
    metadata: {
      format: 'selvedge-checkpoint',
      version: String(formatVersion),
      identity: JSON.stringify(identity),
      progress: JSON.stringify(progress),
      sha256: await digest(arrays, JSON.stringify({ identity, progress })),
    },
  });
}

/**
 * Reads what `writeCheckpoint` wrote.
 * @throws SelvedgeError 'bad-model' when the file is torn, changed or of a newer version
 */
export async function readCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  const { metadata, fail, parsed, tensor } = readSelvedgeFile(bytes, file, 'checkpoint', formatVersion);
  const identity = parsed('identity', (value) => identitySchema.parse(value));
  const progress = parsed('progress', (value) => trainingProgressSchema.parse(value));
  const names = arrayNames(identity);
  const parameters = tensor('parameters').values;
  const optimizer = Object.fromEntries(names.map((name) => [name, tensor(name).values]));
  const text = `{"identity":${metadata['identity']},"progress":${metadata['progress']}}`;
  const arrays = [parameters, ...Object.values(optimizer)];
  if ((await digest(arrays, text)) !== metadata['sha256']) fail('its SHA-256 is not the one it was written with');
  return { identity, state: { parameters, optimizer, ...progress } };
}

/** The names of the arrays beside the parameters. */
function arrayNames({ configuration }: TrainingIdentity): readonly string[] {
  return stateNames(configuration.optimizer, configuration.emaDecay);
}

async function digest(arrays: readonly Float32Array[], text: string): Promise<string> {
  const parts = [...arrays.map(littleEndianBytes), new TextEncoder().encode(text)];
  return sha256(new TextEncoder().encode((await Promise.all(parts.map(sha256))).join()));
}
