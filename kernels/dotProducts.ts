import { F32, V128 } from './lib/lanes';

// @ts-ignore: decorator
@inline
function sumOf(lanes: v128): f32 {
  return (
    (f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

/** One query with rows `first` to `last`, four at a time. */
function oneQuery(query: usize, rows: usize, scores: usize, length: usize, first: i32, last: i32): void {
  const end = query + length;
  let r0 = rows + <usize>first * length;
  let to = scores + <usize>first * F32;
  let r = first;
  for (; r + 4 <= last; r += 4) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let r1 = r0 + length;
    let r2 = r1 + length;
    let r3 = r2 + length;
    for (let q = query; q < end; q += V128) {
      const x = v128.load(q);
      a = f32x4.add(a, f32x4.mul(x, v128.load(r0)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(r1)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(r2)));
      d = f32x4.add(d, f32x4.mul(x, v128.load(r3)));
      r0 += V128;
      r1 += V128;
      r2 += V128;
      r3 += V128;
    }
    f32.store(to, sumOf(a));
    f32.store(to, sumOf(b), 4);
    f32.store(to, sumOf(c), 8);
    f32.store(to, sumOf(d), 12);
    to += V128;
    r0 = r3;
  }
  for (; r < last; r++) {
    let a = f32x4.splat(0);
    for (let q = query; q < end; q += V128) {
      a = f32x4.add(a, f32x4.mul(v128.load(q), v128.load(r0)));
      r0 += V128;
    }
    f32.store(to, sumOf(a));
    to += F32;
  }
}

/**
 * scores[q, r] = Σ queries[q, d] · rows[r, d]. Each lane of a vector sums the products of every fourth d, in order; a score is (lane 0 +
 * lane 1) + (lane 2 + lane 3), whatever tile computes it. queries [count, D], rows [R, D], D a multiple of 4; scores [count, stride].
 * The tile is four queries by two rows; up to three queries that are left over take four rows at a time. One unit is one row.
 */
export function dotProducts(
  queries: usize, rows: usize, scores: usize, D: i32, stride: i32, count: i32, first: i32, last: i32,
): void {
  const length = <usize>D * F32;
  const line = <usize>stride * F32;
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    const query = queries + <usize>n * length;
    const top = scores + <usize>n * line;
    let r = first;
    for (; r + 2 <= last; r += 2) {
      let p0 = query;
      let p1 = p0 + length;
      let p2 = p1 + length;
      let p3 = p2 + length;
      let r0 = rows + <usize>r * length;
      let r1 = r0 + length;
      const end = p1;
      let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
      while (p0 < end) {
        const x0 = v128.load(r0);
        const x1 = v128.load(r1);
        const q0 = v128.load(p0);
        a0 = f32x4.add(a0, f32x4.mul(q0, x0));
        a1 = f32x4.add(a1, f32x4.mul(q0, x1));
        const q1 = v128.load(p1);
        b0 = f32x4.add(b0, f32x4.mul(q1, x0));
        b1 = f32x4.add(b1, f32x4.mul(q1, x1));
        const q2 = v128.load(p2);
        c0 = f32x4.add(c0, f32x4.mul(q2, x0));
        c1 = f32x4.add(c1, f32x4.mul(q2, x1));
        const q3 = v128.load(p3);
        d0 = f32x4.add(d0, f32x4.mul(q3, x0));
        d1 = f32x4.add(d1, f32x4.mul(q3, x1));
        p0 += V128;
        p1 += V128;
        p2 += V128;
        p3 += V128;
        r0 += V128;
        r1 += V128;
      }
      let to = top + <usize>r * F32;
      f32.store(to, sumOf(a0));
      f32.store(to, sumOf(a1), 4);
      to += line;
      f32.store(to, sumOf(b0));
      f32.store(to, sumOf(b1), 4);
      to += line;
      f32.store(to, sumOf(c0));
      f32.store(to, sumOf(c1), 4);
      to += line;
      f32.store(to, sumOf(d0));
      f32.store(to, sumOf(d1), 4);
    }
    for (let i = 0; i < 4; i++) oneQuery(query + <usize>i * length, rows, top + <usize>i * line, length, r, last);
  }
  for (; n < count; n++) oneQuery(queries + <usize>n * length, rows, scores + <usize>n * line, length, first, last);
}
