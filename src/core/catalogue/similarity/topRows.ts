/** The best of many scored rows. Of equal scores the lower row is better. */
export interface TopRows {
  /** How many there are so far, at most `limit`. */
  readonly count: number;
  /** Forgets all rows. */
  clear(): void;
  /** Takes a row if it is among the best, instead of the worst of them. */
  offer(row: number, score: number): void;
  /** Rows with a lower score are not taken. */
  bar(): number;
  /** Writes the rows and their scores, best first, and forgets them. */
  drain(rows: Uint32Array, scores: Float32Array): void;
}

/** A binary heap whose root is the worst of the best. */
export function createTopRows(limit: number): TopRows {
  const rows = new Uint32Array(limit);
  const scores = new Float32Array(limit);
  let count = 0;
  const isWorse = (score: number, row: number, i: number) =>
    score < scores[i]! || (score === scores[i] && row > rows[i]!);
  const put = (i: number, row: number, score: number) => {
    rows[i] = row;
    scores[i] = score;
  };
  /** Puts a row at the root's place or below, and takes what is worse up. */
  const sink = (size: number, row: number, score: number) => {
    let i = 0;
    while (true) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && isWorse(scores[child + 1]!, rows[child + 1]!, child)) child += 1;
      if (isWorse(score, row, child)) break;
      put(i, rows[child]!, scores[child]!);
      i = child;
    }
    put(i, row, score);
  };
  return {
    get count() {
      return count;
    },
    clear() {
      count = 0;
    },
    bar: () => (count < limit ? Number.NEGATIVE_INFINITY : (scores[0] ?? Number.POSITIVE_INFINITY)),
    offer(row, score) {
      if (count === limit) {
        if (limit > 0 && !isWorse(score, row, 0)) sink(limit, row, score);
        return;
      }
      let i = count++;
      while (i > 0 && isWorse(score, row, (i - 1) >> 1)) {
        const parent = (i - 1) >> 1;
        put(i, rows[parent]!, scores[parent]!);
        i = parent;
      }
      put(i, row, score);
    },
    drain(intoRows, intoScores) {
      while (count > 0) {
        count -= 1;
        intoRows[count] = rows[0]!;
        intoScores[count] = scores[0]!;
        sink(count, rows[count]!, scores[count]!);
      }
    },
  };
}
