import { dot } from './dot.ts';

/** A function's value and gradient at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface MinimiseOptions {
  /** Multiplies by a rough inverse of the Hessian, of which only the shape counts, not the scale; nothing where left out. */
  readonly precondition?: (gradient: Float64Array) => Float64Array;
  /** Stops where no component of the gradient is larger than this in size. */
  readonly tolerance: number;
  readonly iterations: number;
}

/** Steps whose curvature is remembered. */
const memory = 10;
/** Share of the slope's promise that a step must keep (Armijo), and how often a step is halved. */
const share = 1e-4;
const halvings = 20;
/** What a value may rise by rounding, as a share of it: near the minimum the gradient says more than the value. */
const rounding = 1e-12;

const largest = (a: Float64Array) => {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]!));
  return most;
};

/** a + factor · b; a plain loop, since a typed array's `map` is many times slower. */
const combined = (a: Float64Array, factor: number, b: Float64Array): Float64Array => {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i]! + factor * b[i]!;
  return result;
};

/**
 * The minimum of a smooth convex function, by L-BFGS with backtracking (Nocedal & Wright 2006, algorithm 7.5). It draws
 * nothing: the same function gives the same point.
 */
export async function minimise(
  slopeAt: (x: Float64Array) => Promise<Slope>,
  start: Float64Array,
  { tolerance, iterations, precondition = (gradient) => gradient.slice() }: MinimiseOptions,
): Promise<{ readonly x: Float64Array; readonly converged: boolean; readonly iterations: number }> {
  let x = start;
  let here = await slopeAt(x);
  const past: { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (largest(here.gradient) <= tolerance) return { x, converged: true, iterations: iteration };
    const direction = descent(here.gradient, past, precondition);
    const promised = dot(direction, here.gradient);
    let step = past.length === 0 ? Math.min(1, 1 / largest(direction)) : 1;
    let there: Slope | undefined;
    let next = x;
    for (let halving = 0; halving < halvings; halving++, step /= 2) {
      next = combined(x, step, direction);
      const slope = await slopeAt(next);
      if (slope.value <= here.value + share * step * promised + rounding * Math.abs(here.value)) {
        there = slope;
        break;
      }
    }
    // No step goes down: the rest is rounding.
    if (!there) return { x, converged: false, iterations: iteration };
    const s = combined(next, -1, x);
    const y = combined(there.gradient, -1, here.gradient);
    const curvature = dot(s, y);
    if (curvature > 0) past.push({ s, y, rho: 1 / curvature });
    if (past.length > memory) past.shift();
    x = next;
    here = there;
  }
  return { x, converged: largest(here.gradient) <= tolerance, iterations };
}

/** −H · gradient, H being the inverse Hessian that the past steps suggest. */
function descent(
  gradient: Float64Array,
  past: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
  precondition: (gradient: Float64Array) => Float64Array,
): Float64Array {
  let q = combined(new Float64Array(gradient.length), -1, gradient);
  const alphas: number[] = [];
  for (const { s, y, rho } of [...past].reverse()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    q = combined(q, -alpha, y);
  }
  q = precondition(q);
  const last = past.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, precondition(last.y)));
    q = combined(new Float64Array(q.length), scale, q);
  }
  for (const { s, y, rho } of past) {
    const change = alphas.pop()! - rho * dot(y, q);
    q = combined(q, change, s);
  }
  return q;
}
