import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onKernelBench } from './kernelBench.ts';
import { dotProduct } from './references/dotProducts.ts';

const floats = (length: number) =>
  fc
    .array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));

const cases = fc
  .record({
    fours: fc.integer({ min: 1, max: 9 }),
    Q: fc.integer({ min: 1, max: 9 }),
    R: fc.integer({ min: 1, max: 11 }),
  })
  .chain(({ fours, Q, R }) =>
    fc.record({
      D: fc.constant(4 * fours),
      queries: floats(Q * 4 * fours),
      rows: floats(R * 4 * fours),
      /** Where rows are divided between two calls, and how much longer than a row of scores its place is. */
      cut: fc.nat(R),
      gap: fc.nat(3),
    }),
  );

test('scores of any numbers of queries and rows, divided anywhere, are the reference’s to the last bit', () => {
  fc.assert(
    fc.property(cases, ({ D, queries, rows, cut, gap }) => {
      const [Q, R] = [queries.length / D, rows.length / D];
      const stride = R + gap;
      const scores = onKernelBench((bench) => {
        const at = bench.floats(new Float32Array(Q * stride).fill(7));
        const args = [bench.floats(queries), bench.floats(rows), at, D, stride, Q] as const;
        bench.kernels['dotProducts']!(...args, cut, R);
        bench.kernels['dotProducts']!(...args, 0, cut);
        return bench.read(at, Q * stride);
      });
      const expected = Array.from({ length: Q * stride }, (_, i) => {
        const [q, r] = [Math.floor(i / stride), i % stride];
        if (r >= R) return 7;
        return dotProduct(queries.subarray(q * D, (q + 1) * D), rows.subarray(r * D, (r + 1) * D));
      });
      expect(scores).toEqual(Float32Array.from(expected));
    }),
    { numRuns: 150 },
  );
});
