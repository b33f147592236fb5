import type { FeatureRows } from './softmaxRegression.ts';

/** Some rows, in the order given. */
export function partOf({ values, labels }: FeatureRows, chosen: Uint32Array): FeatureRows {
  const D = values.length / labels.length;
  return {
    values: Float32Array.from(
      { length: chosen.length * D },
      (_, i) => values[chosen[Math.floor(i / D)]! * D + (i % D)]!,
    ),
    labels: chosen.map((n) => labels[n]!),
  };
}

/** Rows of several sets, one set after the other. */
export function joined(sets: readonly FeatureRows[]): FeatureRows {
  const [first] = sets as [FeatureRows];
  if (sets.length === 1) return first;
  const values = new Float32Array(sets.reduce((sum, set) => sum + set.values.length, 0));
  let at = 0;
  for (const set of sets) {
    values.set(set.values, at);
    at += set.values.length;
  }
  return { values, labels: sets.flatMap(({ labels }) => Array.from(labels)) };
}

/** How many rows each class has, [Y]. */
export function countsOf({ labels }: FeatureRows, classes: number): Uint32Array {
  const counts = new Uint32Array(classes);
  for (let n = 0; n < labels.length; n++) counts[labels[n]!]! += 1;
  return counts;
}
