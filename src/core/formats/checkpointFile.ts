import { z } from 'zod';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { runConfigurationSchema, runNetworkSchema } from '../training/configuration.ts';
import { type TrainingState, trainingProgressSchema } from '../training/state.ts';
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
});

/** What a training trains: a checkpoint can only be resumed with the same. */
export type TrainingIdentity = Readonly<z.infer<typeof identitySchema>>;

export interface Checkpoint {
  readonly identity: TrainingIdentity;
  readonly state: TrainingState;
}

/** A checkpoint as a safetensors file, with a SHA-256 over its arrays, identity and progress. */
export async function writeCheckpoint({ identity, state }: Checkpoint): Promise<Uint8Array> {
  const { parameters, m, v, ...progress } = state;
  const arrays = { parameters, m, v };
  return writeSafetensors({
    tensors: new Map(Object.entries(arrays).map(([name, values]) => [name, { shape: [values.length], values }])),
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
  const arrays = {
    parameters: tensor('parameters').values,
    m: tensor('m').values,
    v: tensor('v').values,
  };
  const text = `{"identity":${metadata['identity']},"progress":${metadata['progress']}}`;
  if ((await digest(arrays, text)) !== metadata['sha256']) fail('its SHA-256 is not the one it was written with');
  return { identity, state: { ...arrays, ...progress } };
}

async function digest(
  { parameters, m, v }: Record<'parameters' | 'm' | 'v', Float32Array>,
  text: string,
): Promise<string> {
  const parts = await Promise.all(
    [littleEndianBytes(parameters), littleEndianBytes(m), littleEndianBytes(v), new TextEncoder().encode(text)].map(
      sha256,
    ),
  );
  return sha256(new TextEncoder().encode(parts.join()));
}
