/** bⁿ by repeated squaring: multiplications alone, so that every machine gives the same bits. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let n = exponent, square = base; n > 0; n = Math.floor(n / 2), square *= square) {
    if (n % 2 === 1) result *= square;
  }
  return result;
}
