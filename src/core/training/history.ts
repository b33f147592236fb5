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
