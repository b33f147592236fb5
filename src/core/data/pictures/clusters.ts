/** A cluster of near-duplicates with more than this share of a class is warned about. */
export const largeShare = 0.05;

/** The clusters of two or more pictures: ascending indices, in the order of the first. */
export function clustersOf(clusters: Uint32Array): number[][] {
  const members = new Map<number, number[]>();
  clusters.forEach((cluster, i) => {
    const known = members.get(cluster);
    if (known) known.push(i);
    else members.set(cluster, [i]);
  });
  return [...members.values()].filter((indices) => indices.length > 1);
}

/** Of each class, its largest cluster if that has two or more pictures of the class and over 5 % of them. */
export function largeClusters(
  clusters: readonly (readonly number[])[],
  labels: Uint32Array,
  classes: number,
): { readonly label: number; readonly members: readonly number[]; readonly share: number }[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts.flatMap((count, label) => {
    const largest = clusters
      .map((indices) => indices.filter((i) => labels[i] === label))
      .reduce<number[]>((a, b) => (b.length > a.length ? b : a), []);
    const share = largest.length / count;
    return largest.length > 1 && share > largeShare ? [{ label, members: largest, share }] : [];
  });
}
