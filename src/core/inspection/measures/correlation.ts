type Numbers = ArrayLike<number>;

/** Pearson's correlation, from −1 to 1; null where a list is constant or not finite. */
export function pearson(x: Numbers, y: Numbers): number | null {
  const n = x.length;
  let [sx, sy, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sx += x[i]!;
    sy += y[i]!;
  }
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i]! - sx / n, y[i]! - sy / n];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // One root of the product, not two: a list and itself then give exactly 1.
  const product = Math.sqrt(xx * yy);
  return product > 0 && Number.isFinite(product) ? xy / product : null;
}

/** Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing the mean of theirs. */
export function spearman(a: Numbers, b: Numbers): number | null {
  return pearson(centredRanks(a), centredRanks(b));
}

/** Ranks, equal values sharing the mean of theirs, less their mean: multiples of a half, so sums of them are exact. */
function centredRanks(values: Numbers): Float64Array {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && values[order[to]!] === values[order[from]!]) to++;
    for (const i of order.subarray(from, to)) ranks[i] = (from + to - 1) / 2 - (n - 1) / 2;
    from = to;
  }
  return ranks;
}
