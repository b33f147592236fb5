import { littleEndianBytes, sha256 } from '../../src/core/bytes.ts';
import type { DatasetInMemory } from '../../src/core/data/images.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import type { RunConfiguration } from '../../src/core/training/configuration.ts';
import { train } from '../../src/core/training/train.ts';
import { nodeEngine } from '../../src/node/engine.ts';

/** A training of a network, the reference one by default. */
export interface Run extends Partial<RunConfiguration> {
  readonly network?: readonly LayerSpec[];
  readonly threads: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  /** Steps; default: those of all epochs. */
  readonly stopAfter?: number;
}

/** SHA-256 of every run's weights, and of the last model's probabilities for the test set. */
export interface Sums {
  readonly weights: readonly string[];
  readonly probabilities: string;
}

/** What the test page answers to the task `weights`. */
export interface PageSums extends Sums {
  readonly error?: string;
  readonly isolated: boolean;
  /** Wall time of each run. */
  readonly seconds: readonly number[];
  /** Web Workers that were started, those of the classifier included. */
  readonly workers: number;
  /** How often the page had its turn meanwhile. */
  readonly turns: number;
}

const digest = (values: Float32Array) => sha256(littleEndianBytes(values));

/** The same on worker threads in Node. */
export async function sumsInNode(data: DatasetInMemory, runs: readonly Run[]): Promise<Sums> {
  const engine = await nodeEngine();
  const trained = [];
  for (const run of runs) {
    let steps = 0;
    trained.push(
      await train(data, engine, {
        ...run,
        clock: () => performance.now(),
        onStep: () => {
          steps++;
        },
        signal: {
          get aborted() {
            return steps === run.stopAfter;
          },
        },
      }),
    );
  }
  const weights = await Promise.all(trained.map(({ model }) => digest(model.parameters)));
  const classifier = await openClassifier(trained.at(-1)!.model, engine, 1);
  try {
    return { weights, probabilities: await digest(await classifier.probabilities(data.test.images)) };
  } finally {
    await classifier.close();
  }
}
