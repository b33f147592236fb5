/** Milliseconds of work, learned from work that was done. Time is taken to grow with the cost. */
export interface CostEstimate {
  /** Work of this cost kept threads busy for `busyMs` milliseconds. */
  record(cost: number, busyMs: number): void;
  /** Milliseconds of one thread for work of this cost. */
  milliseconds(cost: number): number;
}

/** Milliseconds of work after which earlier measurements have half their weight. */
const halfLifeMs = 1000;

/**
 * A decaying mean of milliseconds over a decaying mean of cost.
 * @param initial what is assumed before anything is measured; its size is its weight.
 */
export function createCostEstimate(initial: { readonly milliseconds: number; readonly cost: number }): CostEstimate {
  let { milliseconds, cost: total } = initial;
  return {
    record(cost, busyMs) {
      const decay = 0.5 ** (busyMs / halfLifeMs);
      milliseconds = milliseconds * decay + busyMs;
      total = total * decay + cost;
    },
    milliseconds: (cost) => (cost * milliseconds) / total,
  };
}
