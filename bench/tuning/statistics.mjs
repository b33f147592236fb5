import { randomSequence } from '../../dist/core/engine/random.js';
import { median } from '../lib/figures.mjs';

/** The median with its 95 % interval by the percentile bootstrap, 2,000 draws. */
export function medianWithInterval(values) {
  const random = randomSequence(0, 0x7fff_0000, values.length);
  const draws = Array.from({ length: 2000 }, () => median(values.map(() => values[random.below(values.length)])));
  draws.sort((a, b) => a - b);
  return { median: median(values), low: draws[50], high: draws[1949] };
}

/** "wins" where the interval of the median of the paired differences lies below 0, "loses" where above. */
export function verdict(ours, theirs) {
  const { low, high } = medianWithInterval(ours.map((value, i) => value - theirs[i]));
  return high < 0 ? 'wins' : low > 0 ? 'loses' : 'no clear difference';
}
