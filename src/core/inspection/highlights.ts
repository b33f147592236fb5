import { isAbove } from './claims/rules.ts';
import type { CkaMatrix, Estimate, MapMetrics } from './record.ts';

// What the sentences of a report point out, from the record's numbers. Only disjoint 95 % intervals count as a difference.

type Along = readonly (Estimate | null)[];

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
  const extreme = (sign: number) =>
    points.reduce((best, one) => (sign * one.estimate.value > sign * best.estimate.value ? one : best));
  const [peak, low] = [extreme(1), extreme(-1)];
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
  return (
    pairs
      .filter(({ apart }) => apart)
      .reduce<(typeof pairs)[number] | null>((best, one) => (best && best.distance >= one.distance ? best : one), null)
      ?.at ?? null
  );
}

/** The neighbouring layers that are least alike, by the place of the second; null where there are none. */
export function leastAlike(values: CkaMatrix['trained']): { readonly at: number; readonly cka: number } | null {
  const steps = values.slice(2, -1).flatMap((_, i) => {
    const cka = values[i + 1]![i + 2];
    return typeof cka === 'number' ? [{ at: i + 2, cka }] : [];
  });
  return steps.reduce<(typeof steps)[number] | null>(
    (least, one) => (least && least.cka <= one.cka ? least : one),
    null,
  );
}

export type SelectiveMap = MapMetrics & { readonly selectivity: NonNullable<MapMetrics['selectivity']> };

/** Of at least one map: how many have an interval above 0, and the most selective and the costliest one. */
export function selectivityHighlights(maps: readonly SelectiveMap[]) {
  const most = (of: (map: SelectiveMap) => number) => maps.reduce((best, map) => (of(map) > of(best) ? map : best));
  return {
    costly: maps.filter(({ accuracyLost }) => accuracyLost.low > 0).length,
    mostSelective: most(({ selectivity }) => selectivity.value),
    costliest: most(({ accuracyLost }) => accuracyLost.value),
  };
}
