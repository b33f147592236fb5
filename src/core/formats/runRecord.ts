import { z } from 'zod';
import { SelvedgeError } from '../errors.ts';
import { evaluationSchema } from '../evaluation/evaluation.ts';
import { runConfigurationSchema, runNetworkSchema } from '../training/configuration.ts';
import { epochMetricsSchema } from '../training/history.ts';
import { transferRecordSchema } from '../transfer/record.ts';
import { preprocessingSchema } from './modelFile.ts';

/** SHA-256 of each of a data set's uncompressed files. */
export const dataFilesSchema = z.record(z.string(), z.string()).readonly();

const runRecordSchema = z.object({
  format: z.literal('selvedge-run'),
  version: z.literal(1),
  status: z.enum(['finished', 'stopped']),
  /** Absolute path of the run's folder, and of its model file. */
  run: z.string(),
  model: z.string(),
  network: runNetworkSchema,
  configuration: runConfigurationSchema,
  /** Where the first layers are another network's. */
  transfer: transferRecordSchema.optional(),
  dataset: z.object({
    name: z.string(),
    classNames: z.array(z.string()).readonly(),
    trainImages: z.int(),
    validationImages: z.int(),
    testImages: z.int(),
    files: dataFilesSchema,
  }),
  preprocessing: preprocessingSchema,
  engine: z.object({
    selvedge: z.string(),
    wasmSha256: z.string(),
    threads: z.int(),
    /** Kernels of the run's first part, where it was resumed with another build. */
    earlierEngines: z.array(z.string()).readonly().optional(),
  }),
  machine: z.object({ runtime: z.string(), platform: z.string(), processor: z.string() }),
  startedAt: z.string(),
  parameters: z.int(),
  /** Completed epochs. */
  epochs: z.int(),
  secondsPerEpoch: z.number().nullable(),
  trainAccuracy: z.number().nullable(),
  trainAccuracyEvaluated: z.number(),
  testAccuracy: z.number(),
  testLoss: z.number(),
  /** Of the little-endian float32 of all parameters in spec order. */
  weightsSha256: z.string(),
  history: z.array(epochMetricsSchema).readonly(),
  /** On the test set. */
  evaluation: evaluationSchema,
});

/** The contents of `run.json`. */
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>;

/**
 * Reads the text of a `run.json`.
 * @throws SelvedgeError 'bad-data' naming the file and the first wrong field
 */
export function readRunRecord(text: string, file: string): RunRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${file} is not JSON; it was changed or cut short.`, { cause });
  }
  const parsed = runRecordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const place = path.length > 0 ? `${path.join('.')}: ` : '';
  throw new SelvedgeError('bad-data', `${file} is not a record of a run: ${place}${message}.`);
}
