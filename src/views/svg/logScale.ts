import { linearScale, type Scale, ticks } from './scale.ts';

/** Maps [domain0, domain1], both above 0, onto [range0, range1] by the logarithm. */
export function logScale([low, high]: readonly [number, number], range: readonly [number, number]): Scale {
  const scale = linearScale([Math.log10(low), Math.log10(high)], range);
  return (value) => scale(Math.log10(value));
}

/**
 * At most `most` round values within [low, high], both above 0: powers of ten where there are three or more, thinned out
 * evenly; else 1, 2 and 5 times them; else those of a linear axis.
 */
export function logTicks(low: number, high: number, most = 6): number[] {
  if (!(high > low)) return [low];
  const first = Math.floor(Math.log10(low));
  const exponents = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  const within = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const powers = exponents.map((exponent) => Number(`1e${exponent}`)).filter(within);
  if (powers.length >= 3) return thinned(powers, most);
  const finer = exponents
    .flatMap((exponent) => [1, 2, 5].map((factor) => Number(`${factor}e${exponent}`)))
    .filter(within);
  return finer.length >= 2 ? thinned(finer, most) : ticks(low, high, most - 1);
}

function thinned(values: readonly number[], most: number): number[] {
  const every = Math.ceil(values.length / most);
  return values.filter((_, i) => i % every === 0);
}
