/** Milliseconds of work, learned from work that was done. Time is taken to grow with the cost. */
export interface CostEstimate {
  /**
   * Work of this cost kept threads busy for `busyMs` milliseconds. It counts as at most ten times the estimate, so that one pause of the
   * machine does not reject requests for seconds, while slower work is learned from a few measurements.
   */
  record(cost: number, busyMs: number): void;
  /** Milliseconds of one thread for work of this cost. */
  milliseconds(cost: number): number;
}

/** Milliseconds of work after which earlier measurements have half their weight. */
const halfLifeMs = 1000;
const mostSlowdown = 10;

/**
 * A decaying mean of milliseconds over a decaying mean of cost.
 * @param initial what is assumed before anything is measured; its size is its weight.
 */
export function createCostEstimate(initial: { readonly milliseconds: number; readonly cost: number }): CostEstimate {
  let { milliseconds, cost: total } = initial;
  const expected = (cost: number) => (cost * milliseconds) / total;
  return {
    record(cost, busyMs) {
      const counted = Math.min(busyMs, mostSlowdown * expected(cost));
      const decay = 0.5 ** (counted / halfLifeMs);
      milliseconds = milliseconds * decay + counted;
      total = total * decay + cost;
    },
    milliseconds: expected,
  };
}
