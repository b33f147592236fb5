import type { Preprocessing } from '../data/preprocessing.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import type { LayerSpec } from '../graph/spec.ts';
import type { RunConfiguration } from '../training/configuration.ts';
import type { EpochFigures } from '../training/history.ts';

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
