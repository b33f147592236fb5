/** A stored vector and how similar it is to the query. */
export interface Neighbour {
  /** The number under which the vector is stored. */
  readonly row: number;
  /** The cosine of vector and query. */
  readonly score: number;
}

/** Which rows may be found: [rows] with 0 for those that may not, or a function of the row. Rows behind the array's end may not. */
export type RowFilter = Uint8Array | ((row: number) => boolean);

/**
 * A search for the vectors nearest to a query: exact over the kernels' memory, or approximate in a database, whose filters are of
 * another type.
 */
export interface SimilaritySearch<Filter = RowFilter> {
  /**
   * Filters apply inside the search, so that it finds `limit` neighbours wherever there are as many.
   * @param query [D], of length 1
   * @returns the best first; of equal scores the lower row first
   */
  nearest(query: Float32Array, limit: number, filter?: Filter): Promise<readonly Neighbour[]>;
}
