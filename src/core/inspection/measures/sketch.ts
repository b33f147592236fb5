import type { RandomSequence } from '../../engine/random.ts';

/** A fixed random projection that keeps inner products in expectation. */
export interface Sketch {
  /** Dimensions that come in and that go out. */
  readonly width: number;
  readonly columns: number;
  /** Whether anything is projected: a layer that fits is kept as it is. */
  readonly projects: boolean;
  /** Writes the projection of x [rows, width] to `to` [rows, columns], from row `row` on. */
  project(x: Float32Array | Float64Array, to: Float32Array, row: number): void;
}

/**
 * A projection from `width` to at most `columns` dimensions, in two independent halves: in each half every input
 * coordinate is added to one random place with a random sign (a count sketch: Charikar, Chen & Farach-Colton 2002), times
 * √½ (so the two form the sparse Johnson–Lindenstrauss transform of Kane & Nelson 2014 with two entries a column).
 * E⟨Sx, Sy⟩ = ⟨x, y⟩, for each half twice over; the relative error falls as 1 ÷ √columns. As the halves are independent, a
 * product of one half's Gram matrix with the other's has no bias (see `similarityOf`). Batches can come in any order.
 */
export function createSketch(width: number, columns: number, random: RandomSequence): Sketch {
  if (width <= columns) {
    return { width, columns: width, projects: false, project: (x, to, row) => to.set(x, row * width) };
  }
  const half = Math.floor(columns / 2);
  const lists = [...gathered(width, half, random), ...gathered(width, half, random)];
  const total = 2 * half;
  return {
    width,
    columns: total,
    projects: true,
    project(x, to, row) {
      const rows = x.length / width;
      for (let first = 0; first < rows; first += 4) {
        // Four images at a time share the reading of the places; past the end the last one comes again.
        const [a, b, c, d] = [0, 1, 2, 3].map((k) => Math.min(first + k, rows - 1)) as [number, number, number, number];
        const [fa, fb, fc, fd] = [a * width, b * width, c * width, d * width];
        for (const [k, { plus, minus }] of lists.entries()) {
          let [sa, sb, sc, sd] = [0, 0, 0, 0];
          for (let i = 0; i < plus.length; i++) {
            const j = plus[i]!;
            sa += x[fa + j]!;
            sb += x[fb + j]!;
            sc += x[fc + j]!;
            sd += x[fd + j]!;
          }
          for (let i = 0; i < minus.length; i++) {
            const j = minus[i]!;
            sa -= x[fa + j]!;
            sb -= x[fb + j]!;
            sc -= x[fc + j]!;
            sd -= x[fd + j]!;
          }
          to[(row + a) * total + k] = sa * Math.SQRT1_2;
          to[(row + b) * total + k] = sb * Math.SQRT1_2;
          to[(row + c) * total + k] = sc * Math.SQRT1_2;
          to[(row + d) * total + k] = sd * Math.SQRT1_2;
        }
      }
    },
  };
}

/** For each of `places`, the coordinates that are added there and those that are subtracted: each coordinate once. */
function gathered(width: number, places: number, random: RandomSequence) {
  const lists = Array.from({ length: places }, () => ({ plus: [] as number[], minus: [] as number[] }));
  for (let j = 0; j < width; j++) {
    const { plus, minus } = lists[random.below(places)]!;
    (random.uint32() & 1 ? plus : minus).push(j);
  }
  return lists.map(({ plus, minus }) => ({ plus: Int32Array.from(plus), minus: Int32Array.from(minus) }));
}
