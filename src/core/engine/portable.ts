/**
 * Exponential, logarithm and cosine from additions, multiplications and divisions alone: the host's `Math.exp`, `Math.log` and
 * `Math.cos` differ between engines in the last bit, and an answer's bits should not.
 */

const view = new DataView(new ArrayBuffer(8));
/** ln 2 in two parts; the first has 21 zero bits at its end, so that its product with an exponent is exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
/** π ÷ 2 in two parts; the first has 20 zero bits at its end. */
const quarterHigh = 1.5707963267341256;
const quarterLow = 6.077100506506192e-11;
/** 1 ÷ n!, for the series of exponential and cosine. */
const inverseFactorials = Array.from({ length: 20 }, () => 1);
for (let n = 1; n < inverseFactorials.length; n++) inverseFactorials[n] = inverseFactorials[n - 1]! / n;
/** 1 ÷ (2n + 1), for the logarithm's. */
const inverseOdds = Array.from({ length: 12 }, (_, n) => 1 / (2 * n + 1));

/** eˣ within 2 units in the last place; 0 where it would be below 2⁻¹⁰²², Infinity above 2¹⁰²⁴. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  const k = Math.floor(x / ln2High + 0.5);
  if (k < -1022) return 0;
  if (k > 1023) return Number.POSITIVE_INFINITY;
  const r = x - k * ln2High - k * ln2Low;
  let sum = 0;
  for (let n = 14; n >= 0; n--) sum = inverseFactorials[n]! + sum * r;
  view.setUint32(0, (k + 1023) << 20);
  view.setUint32(4, 0);
  return sum * view.getFloat64(0);
}

/** ln x within 2 units in the last place or 2⁻⁵², for normal x > 0. */
export function log(x: number): number {
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  let k = (high >>> 20) - 1023;
  view.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let m = view.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  // ln m = 2 artanh s
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = inverseOdds.length - 1; n >= 1; n--) sum = square * (inverseOdds[n]! + sum);
  return k * ln2High + (k * ln2Low + 2 * s * sum + 2 * s);
}

/** cos x within 1e-15 for |x| up to 1,000. */
export function cos(x: number): number {
  const k = Math.floor(x / (quarterHigh + quarterLow) + 0.5);
  const r = x - k * quarterHigh - k * quarterLow;
  const quarter = ((k % 4) + 4) % 4;
  // cos(r + k π/2): ± the cosine's series for even k, ± the sine's for odd k.
  const isSine = quarter % 2 === 1;
  const square = r * r;
  let sum = 0;
  for (let n = isSine ? 19 : 18; n >= 0; n -= 2) sum = inverseFactorials[n]! - sum * square;
  const sign = quarter === 0 || quarter === 3 ? 1 : -1;
  return sign * (isSine ? r * sum : sum);
}
