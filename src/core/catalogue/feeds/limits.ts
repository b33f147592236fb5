/** What a feed may hold, so that reading one takes bounded memory whatever it contains. Lengths are in UTF-16 code units. */
export const feedLimits = {
  /** A row, line or item; a longer one ends the feed. */
  rowLength: 1_048_576,
  cellLength: 524_288,
  columns: 1_000,
  idLength: 200,
  titleLength: 1_000,
  pictureLength: 2_000,
  /** Pictures of one product. */
  pictures: 250,
  /** Rows of a Shopify feed with the same Handle. */
  rowsOfHandle: 2_500,
  /** Their ids are kept in memory to find those that occur twice; one more ends the feed. */
  products: 2_000_000,
  /** Elements around an element of an XML feed; one more ends the feed. */
  depth: 16,
} as const;
