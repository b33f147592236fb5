/** A setting that a sweep varies. `name` is a setting of a run, such as `learningRate`, or a placeholder of the network. */
export type SweepParameter =
  | {
      readonly name: string;
      readonly kind: 'number' | 'whole';
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly step: number | null;
    }
  | { readonly name: string; readonly kind: 'choice'; readonly choices: readonly (string | number | boolean)[] };

export type ParameterValue = string | number | boolean;

/**
 * waiting: handed out to no process yet; running; paused: reached its rung and may be promoted; complete: trained to the end;
 * stopped: not promoted when the sweep ended; failed: see `error`.
 */
export type TrialStatus = 'waiting' | 'running' | 'paused' | 'complete' | 'stopped' | 'failed';

export interface TrialResult {
  readonly number: number;
  readonly status: TrialStatus;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** After each epoch, on the validation images. */
  readonly curve: readonly { readonly epoch: number; readonly loss: number; readonly accuracy: number }[];
  /** The objective, and the second one; null before the first is known. */
  readonly value: number | null;
  readonly second: number | null;
  /** Wall time so far. It decides nothing. */
  readonly seconds: number;
  readonly error: string | null;
  /** The run's folder, relative to the sweep's. */
  readonly folder: string;
  readonly command: string;
}

/** What the report of a sweep shows. */
export interface SweepResult {
  readonly name: string;
  readonly seed: number;
  readonly sampler: 'grid' | 'random' | 'tpe';
  readonly objective: {
    readonly metric: 'validationAccuracy' | 'validationLoss';
    readonly direction: 'maximize' | 'minimize';
  };
  readonly secondObjective: { readonly metric: 'multiplyAdds' | 'parameters' | 'seconds' } | null;
  readonly parameters: readonly SweepParameter[];
  readonly trials: readonly TrialResult[];
  /** Share of each parameter by PED-ANOVA, in the order of `parameters`; null with too few finished trials. */
  readonly importance: readonly { readonly name: string; readonly share: number }[] | null;
  /** Numbers of the trials that no other one beats in both objectives; without a second objective, empty. */
  readonly front: readonly number[];
  /** Number of the best trial, or null. */
  readonly best: number | null;
  /** Changes of the space when the sweep was resumed, in words, with the number of the first trial after each. */
  readonly changes: readonly { readonly trial: number; readonly change: string }[];
}
