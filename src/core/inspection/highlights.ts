import { isAbove } from './claims/rules.ts';
import type { CkaMatrix, Estimate, MapMetrics } from './record.ts';

// What the sentences of a report point out, from the record's numbers. Only disjoint 95 % intervals count as a difference.

/** A measure along the depth; null at layers to which it does not apply. */
export type Along = readonly (Estimate | null)[];

/** A measure at one layer: the layer's place, and the estimate. */
export interface Point {
  readonly at: number;
  readonly estimate: Estimate;
}

/** A measure from the first layer at which it is defined to the last. */
export interface Course {
  readonly first: Point;
  readonly last: Point;
  readonly change: 'rises' | 'falls' | 'none';
  /** The highest or lowest point between the ends, where it is beyond both. */
  readonly turn: Point | null;
}

export function courseOf(along: Along): Course | null {
  const points = along.flatMap((estimate, at) => (estimate === null ? [] : [{ at, estimate }]));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const rises = isAbove(last.estimate, first.estimate);
  const falls = isAbove(first.estimate, last.estimate);
  const peak = largestBy(points, ({ estimate }) => estimate.value)!;
  const low = largestBy(points, ({ estimate }) => -estimate.value)!;
  const ends = [first.estimate, last.estimate];
  const isPeak = ends.every((end) => isAbove(peak.estimate, end));
  const isLow = ends.every((end) => isAbove(end, low.estimate));
  return { first, last, change: rises ? 'rises' : falls ? 'falls' : 'none', turn: isPeak ? peak : isLow ? low : null };
}

/** The place at which two networks differ most; null where they differ nowhere, undefined where nothing can be compared. */
export function widestGap(trained: Along, untrained: Along): number | null | undefined {
  const pairs = trained.flatMap((a, at) => {
    const b = untrained[at];
    return a && b ? [{ at, apart: isAbove(a, b) || isAbove(b, a), distance: Math.abs(a.value - b.value) }] : [];
  });
  if (pairs.length === 0) return undefined;
  const apart = pairs.filter((pair) => pair.apart);
  return largestBy(apart, ({ distance }) => distance)?.at ?? null;
}

/** The neighbouring layers that are least alike, by the place of the second; null where there are none. */
export function leastAlike(values: CkaMatrix['trained']): { readonly at: number; readonly cka: number } | null {
  const steps = values.slice(2, -1).flatMap((_, i) => {
    const cka = values[i + 1]![i + 2];
    return typeof cka === 'number' ? [{ at: i + 2, cka }] : [];
  });
  return largestBy(steps, ({ cka }) => -cka) ?? null;
}

export type SelectiveMap = MapMetrics & { readonly selectivity: NonNullable<MapMetrics['selectivity']> };

/** Of at least one map: how many have an interval above 0, and the most selective and the costliest one. */
export function selectivityHighlights(maps: readonly SelectiveMap[]) {
  return {
    costly: maps.filter(({ accuracyLost }) => accuracyLost.low > 0).length,
    mostSelective: largestBy(maps, ({ selectivity }) => selectivity.value)!,
    costliest: largestBy(maps, ({ accuracyLost }) => accuracyLost.value)!,
  };
}

/** Of equals, the first. */
function largestBy<T>(items: readonly T[], of: (item: T) => number): T | undefined {
  return items.length === 0 ? undefined : items.reduce((best, one) => (of(one) > of(best) ? one : best));
}
