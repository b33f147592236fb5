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

/** The rows of several views of the same images, one view after the other. */
export function joined(views: readonly FeatureRows[]): FeatureRows {
  const [first] = views as [FeatureRows];
  if (views.length === 1) return first;
  const values = new Float32Array(first.values.length * views.length);
  for (const [i, view] of views.entries()) values.set(view.values, i * first.values.length);
  return { values, labels: views.flatMap(({ labels }) => Array.from(labels)) };
}

/** How many rows each class has, [Y]. */
export function countsOf({ labels }: FeatureRows, classes: number): Uint32Array {
  const counts = new Uint32Array(classes);
  for (let n = 0; n < labels.length; n++) counts[labels[n]!]! += 1;
  return counts;
}
