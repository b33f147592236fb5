import { z } from 'zod';
import { littleEndianBytes, sha256 } from '../bytes.ts';
import { SelvedgeError } from '../errors.ts';
import type { RunConfiguration } from '../training/configuration.ts';
import type { TrainingState } from '../training/state.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

/** What a training is of: a checkpoint goes on only with the same. */
export interface TrainingIdentity {
  readonly network: { readonly name: string; readonly spec: unknown };
  readonly configuration: RunConfiguration;
  /** SHA-256 of each of the data set's files. */
  readonly dataset: Readonly<Record<string, string>>;
  readonly wasmSha256: string;
  /** The kernels' SHA-256s before, where a run went on with another build of the engine. */
  readonly earlierEngines: readonly string[];
  readonly startedAt: string;
}

export interface Checkpoint {
  readonly identity: TrainingIdentity;
  readonly state: TrainingState;
}

const formatVersion = 1;

const epochSchema = z.object({
  epoch: z.int(),
  steps: z.int(),
  loss: z.number(),
  accuracy: z.number(),
  validationLoss: z.number().optional(),
  validationAccuracy: z.number().optional(),
  weightsSha256: z.string(),
  seconds: z.number(),
});

const progressSchema = z.object({
  history: z.array(epochSchema),
  step: z.int().min(0),
  lossSum: z.number(),
  correct: z.int().min(0),
  seconds: z.number(),
});

const identitySchema = z.object({
  network: z.object({ name: z.string(), spec: z.unknown() }),
  configuration: z.object({
    epochs: z.int(),
    batchSize: z.int(),
    learningRate: z.number(),
    seed: z.int(),
    limit: z.int().nullable(),
    validation: z.int(),
  }),
  dataset: z.record(z.string(), z.string()),
  wasmSha256: z.string(),
  earlierEngines: z.array(z.string()),
  startedAt: z.string(),
});

/** A checkpoint as a safetensors file, with a SHA-256 over its numbers. */
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
  const { tensors, metadata } = readSafetensors(bytes, file, 'checkpoint');
  const fail = (what: string): never => {
    throw new SelvedgeError('bad-model', `${file} is no usable checkpoint: ${what}.`);
  };
  if (metadata['format'] !== 'selvedge-checkpoint') fail('its metadata does not say selvedge-checkpoint');
  const version = Number(metadata['version']);
  if (!Number.isSafeInteger(version) || version < 1) fail('its metadata does not say of which format version it is');
  if (version > formatVersion) {
    fail(`it is of format version ${version}, and this program reads up to ${formatVersion}; update selvedge`);
  }
  const parsed = <T>(key: string, schema: z.ZodType<T>): T => {
    try {
      return schema.parse(JSON.parse(metadata[key] ?? ''));
    } catch {
      return fail(`its ${key} cannot be read`);
    }
  };
  const array = (name: string) => tensors.get(name)?.values ?? fail(`it lacks the array ${name}`);
  const identity = parsed('identity', identitySchema);
  const progress = parsed('progress', progressSchema);
  const arrays = { parameters: array('parameters'), m: array('m'), v: array('v') };
  const text = `{"identity":${metadata['identity']},"progress":${metadata['progress']}}`;
  if ((await digest(arrays, text)) !== metadata['sha256']) fail('its SHA-256 is not the one it was written with');
  return { identity, state: { ...arrays, ...(progress as Omit<TrainingState, 'parameters' | 'm' | 'v'>) } };
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
