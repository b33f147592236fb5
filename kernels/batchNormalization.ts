import { F32, V128, smaller, storeLanes } from './lib/lanes';
import { clamp } from './lib/matrix';

/**
 * Batch normalisation (Ioffe & Szegedy 2015) over x [N, P, C], P positions a picture. Images count in groups of `groupSize`, each with
 * statistics of its own; 0: all are one group. `statistics` is [groups, 4, C]: mean, 1 ÷ deviation, scale (γ ÷ deviation), offset (β). Sums over a
 * picture are float32, those over pictures float64 in the order of the images, so no bit depends on threads. With a `ceiling` above 0
 * the layer's output is clamped to [0, ceiling], as a rectifier behind it would.
 */

// @ts-ignore: decorator
@inline
function statisticsOf(statistics: usize, n: i32, groupSize: i32, C: i32): usize {
  return groupSize ? statistics + <usize>(n / groupSize * 4 * C) * F32 : statistics;
}

/** Mean and sum of squared differences of 16 channels. */
// @ts-ignore: decorator
@inline
function momentsOfLine(start: usize, end: usize, pixel: usize, share: v128, out: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let p = start; p < end; p += pixel) {
    a = f32x4.add(a, v128.load(p));
    b = f32x4.add(b, v128.load(p, 16));
    c = f32x4.add(c, v128.load(p, 32));
    d = f32x4.add(d, v128.load(p, 48));
  }
  const ma = f32x4.mul(a, share), mb = f32x4.mul(b, share), mc = f32x4.mul(c, share), md = f32x4.mul(d, share);
  a = f32x4.splat(0);
  b = a;
  c = a;
  d = a;
  for (let p = start; p < end; p += pixel) {
    const da = f32x4.sub(v128.load(p), ma), db = f32x4.sub(v128.load(p, 16), mb);
    const dc = f32x4.sub(v128.load(p, 32), mc), dd = f32x4.sub(v128.load(p, 48), md);
    a = f32x4.add(a, f32x4.mul(da, da));
    b = f32x4.add(b, f32x4.mul(db, db));
    c = f32x4.add(c, f32x4.mul(dc, dc));
    d = f32x4.add(d, f32x4.mul(dd, dd));
  }
  v128.store(out, ma);
  v128.store(out, mb, 16);
  v128.store(out, mc, 32);
  v128.store(out, md, 48);
  v128.store(out + pixel, a);
  v128.store(out + pixel, b, 16);
  v128.store(out + pixel, c, 32);
  v128.store(out + pixel, d, 48);
}

/** Mean and sum of squared differences from it, per picture and channel: moments [N, 2, C]. One unit is one image. */
export function imageMoments(x: usize, moments: usize, P: i32, C: i32, count: i32, first: i32, last: i32): void {
  const pixel = <usize>C * F32;
  const size = <usize>P * pixel;
  const share = f32x4.splat(<f32>(1.0 / <f64>P));
  for (let n = first; n < last; n++) {
    const out = moments + <usize>n * 2 * pixel;
    let c: usize = 0;
    // A cache line of each pixel at a time.
    for (; c + 4 * V128 <= pixel; c += 4 * V128) {
      const start = x + <usize>n * size + c;
      momentsOfLine(start, start + size, pixel, share, out + c);
    }
    for (; c < pixel; c += V128) {
      const start = x + <usize>n * size + c;
      const end = start + size;
      let sum = f32x4.splat(0);
      for (let p = start; p < end; p += pixel) sum = f32x4.add(sum, v128.load(p));
      const mean = f32x4.mul(sum, share);
      let squares = f32x4.splat(0);
      for (let p = start; p < end; p += pixel) {
        const d = f32x4.sub(v128.load(p), mean);
        squares = f32x4.add(squares, f32x4.mul(d, d));
      }
      const left = C - <i32>(c / F32);
      storeLanes(out + c, mean, left);
      storeLanes(out + pixel + c, squares, left);
    }
  }
}

/**
 * Statistics of each group from its pictures' moments (Chan, Golub & LeVeque 1983), and the moving ones: moving += (statistic − moving)(1 − momentum),
 * group after group, with the population's variance, as Keras. gamma and beta are 0 where there are none. One unit is one channel.
 */
export function batchStatistics(
  moments: usize, gamma: usize, beta: usize, statistics: usize, movingMean: usize, movingVariance: usize,
  P: i32, C: i32, groupSize: i32, epsilon: f32, momentum: f32, count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  const step = groupSize ? groupSize : count;
  for (let c = first; c < last; c++) {
    const at = <usize>c * F32;
    const scale: f64 = gamma ? f32.load(gamma + at) : 1;
    let to = statistics + at;
    for (let begin = 0; begin < count; begin += step) {
      const end = smaller(begin + step, count);
      let mean: f64 = 0, squares: f64 = 0;
      for (let n = begin; n < end; n++) {
        const from = moments + <usize>n * 2 * row + at;
        const d = <f64>f32.load(from) - mean;
        const k = <f64>(n - begin + 1);
        mean += d / k;
        squares += <f64>f32.load(from + row) + d * d * <f64>P * ((k - 1) / k);
      }
      const variance = squares / <f64>((end - begin) * P);
      const inverse = 1 / Math.sqrt(variance + <f64>epsilon);
      f32.store(to, <f32>mean);
      f32.store(to + row, <f32>inverse);
      f32.store(to + 2 * row, <f32>(scale * inverse));
      f32.store(to + 3 * row, beta ? f32.load(beta + at) : 0);
      to += 4 * row;
      const move = 1 - <f64>momentum;
      const oldMean = <f64>f32.load(movingMean + at), oldVariance = <f64>f32.load(movingVariance + at);
      f32.store(movingMean + at, <f32>(oldMean + (mean - oldMean) * move));
      f32.store(movingVariance + at, <f32>(oldVariance + (variance - oldVariance) * move));
    }
  }
}

/** The same statistics from the moving ones. One unit is one channel. */
export function movingStatistics(
  gamma: usize, beta: usize, statistics: usize, movingMean: usize, movingVariance: usize, C: i32, epsilon: f32,
  count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  for (let c = first; c < last; c++) {
    const at = <usize>c * F32;
    const inverse = 1 / Math.sqrt(<f64>f32.load(movingVariance + at) + <f64>epsilon);
    const scale: f64 = gamma ? f32.load(gamma + at) : 1;
    f32.store(statistics + at, f32.load(movingMean + at));
    f32.store(statistics + row + at, <f32>inverse);
    f32.store(statistics + 2 * row + at, <f32>(scale * inverse));
    f32.store(statistics + 3 * row + at, beta ? f32.load(beta + at) : 0);
  }
}

// @ts-ignore: decorator
@inline
function normalized(x: v128, statistics: usize, row: usize): v128 {
  const centred = f32x4.sub(x, v128.load(statistics));
  return f32x4.add(f32x4.mul(centred, v128.load(statistics + 2 * row)), v128.load(statistics + 3 * row));
}

/** y = (x − mean) · scale + offset, then clamped to [0, ceiling] where that is above 0. One unit is one image. */
export function normalizeForward(
  x: usize, statistics: usize, y: usize, P: i32, C: i32, groupSize: i32, ceiling: f32, count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  const low: f32 = ceiling > 0 ? 0 : -Infinity;
  const high: f32 = ceiling > 0 ? ceiling : Infinity;
  for (let n = first; n < last; n++) {
    const own = statisticsOf(statistics, n, groupSize, C);
    let from = x + <usize>(n * P) * row;
    let to = y + <usize>(n * P) * row;
    for (let p = 0; p < P; p++) {
      let c: usize = 0;
      for (; c + V128 <= row; c += V128) v128.store(to + c, clamp(normalized(v128.load(from + c), own + c, row), low, high));
      if (c < row) storeLanes(to + c, clamp(normalized(v128.load(from + c), own + c, row), low, high), <i32>((row - c) / F32));
      from += row;
      to += row;
    }
  }
}

/** The gradient behind a fused rectifier: dy where the layer's output is between 0 and the ceiling. */
// @ts-ignore: decorator
@inline
function passed(dy: v128, x: v128, statistics: usize, row: usize, ceiling: f32): v128 {
  if (ceiling == 0) return dy;
  const y = normalized(x, statistics, row);
  return v128.and(dy, v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(ceiling))));
}

/** The sums of eight channels: half a cache line, so that the accumulators and the statistics fit the registers. */
// @ts-ignore: decorator
@inline
function gradientSumsOfEight(
  start: usize, end: usize, dy: usize, own: usize, out: usize, row: usize, ceiling: f32,
): void {
  const mean0 = v128.load(own), mean1 = v128.load(own, 16);
  let plain0 = f32x4.splat(0), plain1 = plain0, scaled0 = plain0, scaled1 = plain0;
  if (ceiling == 0) {
    for (let p = start; p < end; p += row) {
      const g0 = v128.load(dy), g1 = v128.load(dy, 16);
      plain0 = f32x4.add(plain0, g0);
      plain1 = f32x4.add(plain1, g1);
      scaled0 = f32x4.add(scaled0, f32x4.mul(g0, f32x4.sub(v128.load(p), mean0)));
      scaled1 = f32x4.add(scaled1, f32x4.mul(g1, f32x4.sub(v128.load(p, 16), mean1)));
      dy += row;
    }
  } else {
    const scale0 = v128.load(own + 2 * row), scale1 = v128.load(own + 2 * row, 16);
    const offset0 = v128.load(own + 3 * row), offset1 = v128.load(own + 3 * row, 16);
    const zero = f32x4.splat(0), high = f32x4.splat(ceiling);
    for (let p = start; p < end; p += row) {
      const d0 = f32x4.sub(v128.load(p), mean0), d1 = f32x4.sub(v128.load(p, 16), mean1);
      const y0 = f32x4.add(f32x4.mul(d0, scale0), offset0), y1 = f32x4.add(f32x4.mul(d1, scale1), offset1);
      const g0 = v128.and(v128.load(dy), v128.and(f32x4.gt(y0, zero), f32x4.lt(y0, high)));
      const g1 = v128.and(v128.load(dy, 16), v128.and(f32x4.gt(y1, zero), f32x4.lt(y1, high)));
      plain0 = f32x4.add(plain0, g0);
      plain1 = f32x4.add(plain1, g1);
      scaled0 = f32x4.add(scaled0, f32x4.mul(g0, d0));
      scaled1 = f32x4.add(scaled1, f32x4.mul(g1, d1));
      dy += row;
    }
  }
  v128.store(out, plain0);
  v128.store(out, plain1, 16);
  v128.store(out + row, f32x4.mul(scaled0, v128.load(own + row)));
  v128.store(out + row, f32x4.mul(scaled1, v128.load(own + row, 16)), 16);
}

/** Sums of the gradient, and of it times the normalised input, per picture and channel: sums [N, 2, C]. One unit is one image. */
export function normalizeGradientSums(
  x: usize, dy: usize, statistics: usize, sums: usize, P: i32, C: i32, groupSize: i32, ceiling: f32,
  count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  const size = <usize>P * row;
  for (let n = first; n < last; n++) {
    const own = statisticsOf(statistics, n, groupSize, C);
    const out = sums + <usize>n * 2 * row;
    let c: usize = 0;
    for (; c + 2 * V128 <= row; c += 2 * V128) {
      const start = x + <usize>n * size + c;
      gradientSumsOfEight(start, start + size, dy + <usize>n * size + c, own + c, out + c, row, ceiling);
    }
    for (; c < row; c += V128) {
      const mean = v128.load(own + c);
      let plain = f32x4.splat(0), scaled = plain;
      const start = x + <usize>n * size + c;
      const end = start + size;
      let from = dy + <usize>n * size + c;
      for (let p = start; p < end; p += row) {
        const value = v128.load(p);
        const g = passed(v128.load(from), value, own + c, row, ceiling);
        plain = f32x4.add(plain, g);
        scaled = f32x4.add(scaled, f32x4.mul(g, f32x4.sub(value, mean)));
        from += row;
      }
      const left = C - <i32>(c / F32);
      storeLanes(out + c, plain, left);
      storeLanes(out + row + c, f32x4.mul(scaled, v128.load(own + row + c)), left);
    }
  }
}

/**
 * Adds the gradients of gamma and beta (0: not needed), and gives each group's means [groups, 2, C] of what the pictures' sums hold (0: not
 * needed). One unit is one channel.
 */
export function normalizeGradientMeans(
  sums: usize, dgamma: usize, dbeta: usize, means: usize, P: i32, C: i32, groupSize: i32, count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  const step = groupSize ? groupSize : count;
  for (let c = first; c < last; c++) {
    const at = <usize>c * F32;
    let to = means + at;
    for (let begin = 0; begin < count; begin += step) {
      const end = smaller(begin + step, count);
      let plain: f64 = 0, scaled: f64 = 0;
      for (let n = begin; n < end; n++) {
        const from = sums + <usize>n * 2 * row + at;
        plain += <f64>f32.load(from);
        scaled += <f64>f32.load(from + row);
      }
      if (dbeta) f32.store(dbeta + at, f32.load(dbeta + at) + <f32>plain);
      if (dgamma) f32.store(dgamma + at, f32.load(dgamma + at) + <f32>scaled);
      if (means) {
        const size = <f64>((end - begin) * P);
        f32.store(to, <f32>(plain / size));
        f32.store(to + row, <f32>(scaled / size));
        to += 2 * row;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function inputGradient(x: v128, dy: v128, own: usize, means: usize, row: usize, ceiling: f32): v128 {
  const scale = v128.load(own + 2 * row);
  const g = passed(dy, x, own, row, ceiling);
  if (!means) return f32x4.mul(g, scale);
  const normal = f32x4.mul(f32x4.sub(x, v128.load(own)), v128.load(own + row));
  const rest = f32x4.sub(f32x4.sub(g, v128.load(means)), f32x4.mul(normal, v128.load(means + row)));
  return f32x4.mul(rest, scale);
}

/** dx = scale · (g − mean(g) − x̂ · mean(g · x̂)); with means 0, where the statistics are constants, scale · g. One unit is one image. */
export function normalizeBackward(
  x: usize, dy: usize, statistics: usize, means: usize, dx: usize, P: i32, C: i32, groupSize: i32, ceiling: f32,
  count: i32, first: i32, last: i32,
): void {
  const row = <usize>C * F32;
  for (let n = first; n < last; n++) {
    const own = statisticsOf(statistics, n, groupSize, C);
    const mean = means && groupSize ? means + <usize>(n / groupSize * 2 * C) * F32 : means;
    const begin = <usize>(n * P) * row;
    let from = x + begin;
    let gradient = dy + begin;
    let to = dx + begin;
    for (let p = 0; p < P; p++) {
      let c: usize = 0;
      for (; c < row; c += V128) {
        const m = mean ? mean + c : 0;
        const g = inputGradient(v128.load(from + c), v128.load(gradient + c), own + c, m, row, ceiling);
        if (c + V128 <= row) v128.store(to + c, g);
        else storeLanes(to + c, g, <i32>((row - c) / F32));
      }
      from += row;
      gradient += row;
      to += row;
    }
  }
}
