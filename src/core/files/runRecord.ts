import type { Preprocessing } from '../data/preprocessing.ts';
import type { LayerSpec } from '../network/spec.ts';
import type { Evaluation } from './evaluationRecord.ts';

/** What a training run was asked to do. Everything that reaches the weights is here or in the data set. */
export interface RunConfiguration {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Only the first `limit` training images were used; null means all. */
  readonly limit: number | null;
  /** Images taken out of the training set, by class in equal shares, to make choices on. */
  readonly validation: number;
}

/** One epoch's figures. Accuracies are shares (0 to 1); losses are nats per image. */
export interface EpochFigures {
  /** Counted from 1. */
  readonly epoch: number;
  readonly steps: number;
  /** Mean over the epoch's batches while the weights moved and dropout was on, as Keras reports it. */
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss?: number | undefined;
  readonly validationAccuracy?: number | undefined;
  /** SHA-256 of the little-endian float32 of all parameters at the epoch's end. */
  readonly weightsSha256: string;
  /** Wall time of the training loop: shuffle, gather, normalise, draw, train. */
  readonly seconds: number;
}

/** One line of `metrics.jsonl`: running means since the epoch began, after this step. */
export interface StepFigures {
  readonly epoch: number;
  /** Counted from 1 within the epoch. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** The contents of `run.json`. */
export interface RunRecord {
  readonly format: 'selvedge-run';
  readonly version: 1;
  readonly status: 'finished' | 'stopped';
  /** Absolute path of the run's folder, and of its model file. */
  readonly run: string;
  readonly model: string;
  readonly network: { readonly name: string; readonly spec: readonly LayerSpec[] };
  readonly configuration: RunConfiguration;
  readonly dataset: {
    readonly name: string;
    readonly classNames: readonly string[];
    readonly trainImages: number;
    readonly validationImages: number;
    readonly testImages: number;
    /** SHA-256 of each uncompressed file. */
    readonly files: Readonly<Record<string, string>>;
  };
  readonly preprocessing: Preprocessing;
  readonly engine: {
    readonly selvedge: string;
    readonly wasmSha256: string;
    readonly threads: number;
    /** Kernels that trained the run's first part, where it was resumed with another build. */
    readonly earlierEngines?: readonly string[];
  };
  readonly machine: { readonly runtime: string; readonly platform: string; readonly processor: string };
  readonly startedAt: string;
  readonly parameters: number;
  /** How many epochs were completed. */
  readonly epochs: number;
  readonly secondsPerEpoch: number | null;
  readonly trainAccuracy: number | null;
  readonly trainAccuracyEvaluated: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
  /** Of the little-endian float32 of all parameters in spec order. */
  readonly weightsSha256: string;
  readonly history: readonly EpochFigures[];
  /** On the test set. */
  readonly evaluation: Evaluation;
}
