import type { EpochFigures } from './history.ts';

/** Where a training stands between two steps: with the run's configuration, all that decides how it goes on. */
export interface TrainingState {
  readonly parameters: Float32Array;
  /** Adam's running means. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** The epochs that are over. */
  readonly history: readonly EpochFigures[];
  /** Steps of the epoch under way that are over, and the running sums over their images. */
  readonly step: number;
  readonly lossSum: number;
  readonly correct: number;
  /** Wall time spent in the epoch under way. */
  readonly seconds: number;
}
