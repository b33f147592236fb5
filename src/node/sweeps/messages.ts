import type { CurvePoint } from '../../core/tuning/journal.ts';
import type { TrialOutcome, TrialTask } from './trialRunner.ts';

/** What trials of one process have in common. */
export interface ProcessSettings {
  /** Undefined: wherever the data set is found. */
  readonly dataFolder: string | undefined;
  readonly threads: number;
  readonly checkpointSeconds: number;
  readonly allowDifferentEngine: boolean;
}

/** To a process that runs trials. */
export type ToTrialProcess =
  | { readonly type: 'run'; readonly task: TrialTask; readonly settings: ProcessSettings }
  | { readonly type: 'stop' };

/** From it. */
export type FromTrialProcess =
  | { readonly type: 'curve'; readonly curve: readonly CurvePoint[] }
  | { readonly type: 'progress'; readonly epochs: number }
  | { readonly type: 'checkpoint' }
  | { readonly type: 'warning'; readonly sentence: string }
  | { readonly type: 'outcome'; readonly outcome: TrialOutcome };
