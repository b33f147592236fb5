/** Disjoint sets of the numbers 0 … n − 1, which are joined pair by pair. */
export interface DisjointSets {
  /** The smallest number of the set. */
  find(i: number): number;
  join(a: number, b: number): void;
}

/** Each number in a set of its own. */
export function disjointSets(n: number): DisjointSets {
  const parent = Uint32Array.from({ length: n }, (_, i) => i);
  const find = (i: number) => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  return {
    find,
    join(a, b) {
      const [x, y] = [find(a), find(b)];
      parent[Math.max(x, y)] = Math.min(x, y);
    },
  };
}
