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
