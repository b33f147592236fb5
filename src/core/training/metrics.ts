/** The place of the largest value in values[from … to); of equal ones the first. */
export function argmax(values: ArrayLike<number>, from = 0, to = values.length): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if (values[i]! > values[best]!) best = i;
  return best - from;
}

/** How many rows of probabilities [N, Y] are largest at their label [N]. */
export function countCorrect(probabilities: Float32Array, labels: ArrayLike<number>, count: number): number {
  const classes = probabilities.length / count;
  let correct = 0;
  for (let n = 0; n < count; n++) if (argmax(probabilities, n * classes, (n + 1) * classes) === labels[n]) correct++;
  return correct;
}

export function accuracyOf(probabilities: Float32Array, labels: ArrayLike<number>): number {
  return countCorrect(probabilities, labels, labels.length) / labels.length;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
