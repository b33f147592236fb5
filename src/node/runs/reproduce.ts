import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { parseNetwork } from '../../core/graph/parse.ts';
import type { EpochFigures } from '../../core/training/history.ts';
import { type TrainOptions, train } from '../../core/training/train.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';

const recordSchema = z.object({
  format: z.literal('selvedge-run'),
  version: z.literal(1),
  status: z.enum(['finished', 'stopped']),
  network: z.object({ name: z.string(), spec: z.unknown() }),
  configuration: z.object({
    epochs: z.int().positive(),
    batchSize: z.int().positive(),
    learningRate: z.number().positive(),
    seed: z.int().min(0),
    limit: z.int().positive().nullable(),
    validation: z.int().min(0),
  }),
  dataset: z.object({ files: z.record(z.string(), z.string()) }),
  engine: z.object({ wasmSha256: z.string(), earlierEngines: z.array(z.string()).optional() }),
  weightsSha256: z.string(),
  history: z.array(z.object({ epoch: z.int(), loss: z.number(), accuracy: z.number(), weightsSha256: z.string() })),
});

/** What `reproduce` needs to know of a run. */
export type ReproducibleRun = z.infer<typeof recordSchema>;

/** @throws SelvedgeError 'missing-file' or 'bad-data' */
export async function readRun(folder: string): Promise<ReproducibleRun> {
  const file = join(folder, 'run.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SelvedgeError('missing-file', `There is no run in ${folder}: ${file} cannot be read.`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SelvedgeError('bad-data', `${file} is no JSON; it was changed or cut short.`, { cause });
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : '';
  throw new SelvedgeError('bad-data', `${file} is no record of a run: ${place}${issue!.message}.`);
}

export interface Reproduction {
  /** Whether every epoch compared, and the weights in the end, have the same bits. */
  readonly same: boolean;
  /** The first whole epoch after which the weights differ. */
  readonly firstDifferentEpoch: number | undefined;
  readonly epochs: number;
  readonly weightsSha256: string;
}

/**
 * Trains again what a run trained, and compares the bits after every epoch. Of a stopped run the whole epochs are compared.
 * @throws SelvedgeError 'bad-data' when the data set is another, or nothing is there to compare; and as `train` does
 */
export async function reproduce(
  run: ReproducibleRun,
  data: LoadedDataset,
  options: Pick<TrainOptions, 'threads' | 'onStep' | 'onEpoch' | 'signal'>,
): Promise<Reproduction> {
  for (const [file, sha] of Object.entries(run.dataset.files)) {
    if (data.files[file] === sha) continue;
    throw new SelvedgeError(
      'bad-data',
      `The run was trained on another ${file} than the one in ${data.folder}; name its folder with --data.`,
    );
  }
  const { history } = run;
  if (history.length === 0)
    throw new SelvedgeError('bad-data', 'The run was stopped within its first epoch, so there is nothing to compare.');
  let firstDifferentEpoch: number | undefined;
  const differs = new AbortController();
  const trained = await train(data, await nodeEngine(), {
    ...run.configuration,
    ...options,
    network: parseNetwork(run.network.spec),
    epochs: history.length,
    clock: () => performance.now(),
    signal: options.signal ? AbortSignal.any([options.signal as AbortSignal, differs.signal]) : differs.signal,
    onEpoch(figures: EpochFigures) {
      options.onEpoch?.(figures);
      if (figures.weightsSha256 === history[figures.epoch - 1]!.weightsSha256) return;
      firstDifferentEpoch = figures.epoch;
      differs.abort();
    },
  });
  if (options.signal?.aborted) throw new SelvedgeError('aborted', 'Stopped before the comparison was over.');
  const weightsSha256 = await sha256(littleEndianBytes(trained.model.parameters));
  const ending = run.status === 'finished' ? run.weightsSha256 : history.at(-1)!.weightsSha256;
  const same = firstDifferentEpoch === undefined && weightsSha256 === ending;
  return { same, firstDifferentEpoch, epochs: trained.history.length, weightsSha256 };
}
