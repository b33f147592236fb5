/** A row's score in float32: four sums of every fourth product, in order, then (0 + 1) + (2 + 3). Both [D], D a multiple of 4. */
export function dotProduct(query: ArrayLike<number>, row: ArrayLike<number>): number {
  const lanes = [0, 0, 0, 0];
  for (let d = 0; d < query.length; d++) lanes[d % 4] = Math.fround(lanes[d % 4]! + Math.fround(query[d]! * row[d]!));
  return Math.fround(Math.fround(lanes[0]! + lanes[1]!) + Math.fround(lanes[2]! + lanes[3]!));
}
