import { isAbove } from '../../core/inspection/claims/rules.ts';
import type { Estimate } from '../../core/inspection/record.ts';
import type { Format } from './estimates.ts';

type Along = readonly (Estimate | null)[];

interface Placed {
  readonly name: string;
  readonly estimate: Estimate;
}

/**
 * What to see in a measure along depth, from its figures: how each network goes from its first layer to its last, and
 * where the two differ most. Only disjoint 95 % intervals count as a difference.
 */
export function trendInWords(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const control = course(names, untrained, format);
  return `${[
    `Trained: ${course(names, trained, format) ?? 'not measured'}`,
    control === null ? 'untrained: not measured' : `untrained: ${control}`,
  ].join('; ')}. ${gap(names, trained, untrained, format)}`.trim();
}

function course(names: readonly string[], along: Along, format: Format): string | null {
  const placed = place(names, along);
  const first = placed[0];
  const last = placed.at(-1);
  if (first === undefined || last === undefined) return null;
  const [from, to] = [format(first.estimate.value), format(last.estimate.value)];
  if (first === last) return `${from} at ${first.name}`;
  const ends = `from ${from} at ${first.name} to ${to} at ${last.name}`;
  const verb = isAbove(last.estimate, first.estimate)
    ? 'rises'
    : isAbove(first.estimate, last.estimate)
      ? 'falls'
      : 'ends about where it began,';
  return `${verb} ${ends}${turn(placed, first, last, format)}`;
}

/** The highest or lowest point between the ends, where it is beyond both. */
function turn(placed: readonly Placed[], first: Placed, last: Placed, format: Format): string {
  const by = (sign: number) =>
    placed.reduce((best, one) => (sign * one.estimate.value > sign * best.estimate.value ? one : best));
  const [peak, low] = [by(1), by(-1)];
  const isBeyond = (beyond: typeof isAbove, one: Placed) =>
    beyond(one.estimate, first.estimate) && beyond(one.estimate, last.estimate);
  if (isBeyond(isAbove, peak)) return `, by way of ${format(peak.estimate.value)} at ${peak.name}`;
  if (isBeyond((a, b) => isAbove(b, a), low)) return `, by way of ${format(low.estimate.value)} at ${low.name}`;
  return '';
}

function gap(names: readonly string[], trained: Along, untrained: Along, format: Format): string {
  const pairs = names.flatMap((name, i) => {
    const [a, b] = [trained[i], untrained[i]];
    return a && b ? [{ name, a, b }] : [];
  });
  if (pairs.length === 0) return '';
  const apart = pairs.filter(({ a, b }) => isAbove(a, b) || isAbove(b, a));
  if (apart.length === 0) return 'Nowhere do the two differ by more than their intervals.';
  const distance = ({ a, b }: (typeof pairs)[number]) => Math.abs(a.value - b.value);
  const widest = apart.reduce((best, one) => (distance(one) > distance(best) ? one : best));
  return `They differ most at ${widest.name}, ${format(widest.a.value)} against ${format(widest.b.value)}.`;
}

function place(names: readonly string[], along: Along): Placed[] {
  return along.flatMap((estimate, i) => (estimate === null ? [] : [{ name: names[i]!, estimate }]));
}
