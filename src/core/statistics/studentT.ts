import { incompleteBeta } from './specialFunctions.ts';

/**
 * P(|T| ≥ |t|) for Student's t.
 * @param freedom degrees of freedom, from 1 up, not necessarily whole
 */
export function studentTBeyond(t: number, freedom: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square));
}

/** The t that Student's |T| exceeds with probability `beyond`: for 0.05 the 97.5th percentile of T. */
export function studentTQuantile(beyond: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentTBeyond(high, freedom) > beyond) [low, high] = [high, high * 2];
  while (true) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTBeyond(middle, freedom) > beyond) low = middle;
    else high = middle;
  }
}
