import type { Estimate } from '../record.ts';

/** Whether `a` is below `b`, their intervals disjoint. */
export function isBelow(a: Estimate, b: Estimate): boolean {
  return a.high < b.low;
}

/** Whether `a` is above `b`, their intervals disjoint. */
export function isAbove(a: Estimate, b: Estimate): boolean {
  return isBelow(b, a);
}

/**
 * a − b, its interval from those of both as if they were independent (the square-and-add method: Zou and Donner 2008).
 * Metrics of the same images are usually correlated, so the true interval is narrower.
 */
export function difference(a: Estimate, b: Estimate): Estimate {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}

export type Direction = 'falls' | 'rises';

/** How a measure moves from layer to layer. */
export interface Trend {
  /** The change in the direction, first to last; negative in the other direction. */
  readonly change: Estimate;
  /** Whether the last is beyond the first in the direction, their intervals disjoint. */
  readonly moves: boolean;
  /** Whether fewer than half of the steps between neighbours go the other way with disjoint intervals. */
  readonly steady: boolean;
}

/** The trend of at least two estimates, in order of depth. */
export function trend(along: readonly Estimate[], direction: Direction): Trend {
  const beyond = direction === 'falls' ? isBelow : isAbove;
  const first = along[0]!;
  const last = along.at(-1)!;
  const against = along.slice(1).filter((estimate, i) => beyond(along[i]!, estimate)).length;
  return {
    change: direction === 'falls' ? difference(first, last) : difference(last, first),
    moves: beyond(last, first),
    steady: 2 * against < along.length - 1,
  };
}
