import type { ErrorCode } from '../../core/errors.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import type { RunConfiguration } from '../../core/training/configuration.ts';
import type { CurvePoint } from '../../core/tuning/journal.ts';

/** A trial to train up to an epoch, from its checkpoint where it has one. All of it can be sent as JSON. */
export interface TrialTask {
  readonly trial: number;
  /** Absolute path of its run's folder. */
  readonly folder: string;
  readonly configuration: RunConfiguration;
  /** Without a name the layers are written to the folder as `network.json`. */
  readonly network: { readonly name: string | null; readonly spec: readonly LayerSpec[] };
  /** Completed epochs after which it stops; the learning rate's schedule is that of the whole configuration. */
  readonly epochs: number;
  /** The folder's path in the run's record, where it will be moved there. */
  readonly recordedFolder?: string | undefined;
  /** What the machine that runs it has to have, since the bits depend on it. */
  readonly requires?: TrialRequirements | undefined;
}

export interface TrialRequirements {
  /** SHA-256 of the data set's files. */
  readonly dataset: Readonly<Record<string, string>>;
  /** Of the kernels. Null: any. */
  readonly wasmSha256: string | null;
}

export type TrialOutcome =
  | { readonly kind: 'reached'; readonly curve: readonly CurvePoint[] }
  /** By its own fault: the sweep goes on. */
  | { readonly kind: 'failed'; readonly error: string }
  /** By a fault of its surroundings, such as a full disk, that would stop other trials too. */
  | { readonly kind: 'broken'; readonly code: ErrorCode; readonly error: string }
  /** It was stopped, and its checkpoint is written. */
  | { readonly kind: 'stopped' };

export interface TrialEvents {
  /** All epochs so far, when one is complete and when the trial is resumed. */
  readonly onCurve: (curve: readonly CurvePoint[]) => void;
  /** Completed epochs with the share of the present one. */
  readonly onProgress: (epochs: number) => void;
  readonly onWarning: (sentence: string) => void;
  /** A checkpoint has been written to its folder. */
  readonly onCheckpoint?: (() => void) | undefined;
}

/**
 * The place where trials are handed out. A trial's result depends on its task alone, so a runner may use any number of processes,
 * or of machines that share or copy the run's folders.
 */
export interface TrialRunner {
  /** How many trials it takes at once. */
  readonly slots: number;
  run(task: TrialTask, events: TrialEvents): Promise<TrialOutcome>;
  /** Stops the running trials after their present step; they end as 'stopped'. */
  stop(): void;
  close(): Promise<void>;
}
