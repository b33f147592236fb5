/** Letters that have to be inserted, removed or replaced to make one word of the other. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}

const plain = (word: string) => word.toLowerCase().replace(/[-_ ]/g, '');

/**
 * The known word that was probably meant: the one that differs least, in at most a third of its letters. Case, hyphens and
 * underscores do not count.
 */
export function mostSimilar(word: string, known: readonly string[]): string | undefined {
  // Longer words are not compared: the time grows with their length.
  if (word.length > 100) return undefined;
  const ranked = known
    .map((one) => ({ one, d: distance(plain(word), plain(one)) }))
    .filter(({ one, d }) => d <= plain(one).length / 3)
    .sort((a, b) => a.d - b.d);
  return ranked[0]?.one;
}
