/** One class against all others. Shares from 0 to 1; a share of nothing is 0. */
export interface ClassScores {
  readonly name: string;
  /** TP / (TP + FP): how often the class was meant when it was predicted. */
  readonly precision: number;
  /** TP / (TP + FN): how often the class was found when it was there. */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN), the harmonic mean of the two. */
  readonly f1: number;
  /** Images with this label. */
  readonly support: number;
}

/** A mean of the classes' scores: `macro` counts every class alike, `weighted` by its support. */
export interface AverageScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** A wrongly classified image. `index` is its place in the evaluated set; `confidence` is p(predicted). */
export interface Mistake {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly confidence: number;
}

/** What a classifier's probabilities amount to on labelled images. */
export interface Evaluation {
  readonly count: number;
  readonly accuracy: number;
  /** Mean cross-entropy, nats per image. */
  readonly loss: number;
  /** [Y, Y] counts: rows are true classes, columns predicted ones. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassScores[];
  readonly macro: AverageScores;
  readonly weighted: AverageScores;
  /** The most confident first; of equals, the lower index. */
  readonly mistakes: readonly Mistake[];
}
