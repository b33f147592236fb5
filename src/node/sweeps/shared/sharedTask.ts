import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import type { LayerSpec } from '../../../core/graph/spec.ts';
import { runConfigurationSchema } from '../../../core/training/configuration.ts';

/** The queue of trials that workers run. */
export const trialQueue = 'trials';

/** Names a trial's row; what it is to do stands there. */
export interface TrialJob {
  readonly sweep: string;
  readonly trial: number;
  readonly generation: string;
}

const taskSchema = z.strictObject({
  /** The sweep's name, for sentences. */
  name: z.string(),
  configuration: runConfigurationSchema,
  network: z.strictObject({ name: z.string().nullable(), spec: z.custom<readonly LayerSpec[]>(Array.isArray) }),
  epochs: z.int().min(1),
  dataset: z.record(z.string(), z.string()),
  wasmSha256: z.string(),
  /** Whether a checkpoint of another build of the engine, and a worker with one, are accepted. */
  allowDifferentEngine: z.boolean(),
  checkpointSeconds: z.int().min(1),
  /** Path of the trial's folder on the sweep's machine. */
  recordedFolder: z.string(),
});

/** What a worker has to know of a trial. */
export type SharedTask = Readonly<z.infer<typeof taskSchema>>;

/** @throws SelvedgeError 'bad-data' for a task of another version of this program */
export function parseTask(value: unknown): SharedTask {
  const parsed = taskSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SelvedgeError(
    'bad-data',
    `The trial was handed out by another version of selvedge (${parsed.error.issues[0]!.path.join('.')}); run the same version everywhere.`,
    { cause: parsed.error },
  );
}

/** Whether what a database has as a task has the same result as another one. */
export function isSameTask(stored: unknown, task: SharedTask): boolean {
  const identity = ({ configuration, network, epochs, dataset, wasmSha256 }: SharedTask) =>
    JSON.stringify([configuration, network.name, network.spec, epochs, Object.entries(dataset).sort(), wasmSha256]);
  const parsed = taskSchema.safeParse(stored);
  return parsed.success && identity(parsed.data) === identity(taskSchema.parse(task));
}
