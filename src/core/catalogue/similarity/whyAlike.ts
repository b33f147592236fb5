/** What is known of a product. */
export interface ProductTraits {
  /** Null where it is unknown. */
  readonly category: string | null;
  /** Names of its dominant colours, the most frequent first. */
  readonly colours: readonly string[];
  /** Columns of the feed, such as brand and material. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What two products have in common. */
export interface SharedTraits {
  /** Null where it differs or is unknown. */
  readonly category: string | null;
  /** In the first product's order. */
  readonly colours: readonly string[];
  /** In the first product's words and order; case and space around do not count. */
  readonly attributes: Readonly<Record<string, string>>;
}

export function whyAlike(a: ProductTraits, b: ProductTraits): SharedTraits {
  const plain = (text: string) => text.trim().toLowerCase();
  const others = new Map(Object.entries(b.attributes).map(([name, value]) => [plain(name), plain(value)]));
  const shared = Object.entries(a.attributes).filter(
    ([name, value]) => plain(value) !== '' && others.get(plain(name)) === plain(value),
  );
  return {
    category: a.category === b.category ? a.category : null,
    colours: a.colours.filter((colour) => b.colours.includes(colour)),
    attributes: Object.fromEntries(shared),
  };
}
