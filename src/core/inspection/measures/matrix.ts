import { dot } from '../../statistics/dot.ts';

/** Row-major: `values` is [rows, columns]. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
}

/** A · B: by the engine in float32 (`createMultiplier`). */
export type Multiply = (a: Matrix, b: Matrix) => Promise<Matrix>;

export function transpose({ rows, columns, values }: Matrix): Matrix {
  const turned = values instanceof Float32Array ? new Float32Array(values.length) : new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  }
  return { rows: columns, columns: rows, values: turned };
}

/** Rows `first` to before `end`; they share the matrix's memory. */
export function rowsOf({ columns, values }: Matrix, first: number, end: number): Matrix {
  return { rows: end - first, columns, values: values.subarray(first * columns, end * columns) };
}

/** Columns `first` to before `end`, copied. */
export function columnsOf({ rows, columns, values }: Matrix, first: number, end: number): Matrix {
  const width = end - first;
  const part = values instanceof Float32Array ? new Float32Array(rows * width) : new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) part.set(values.subarray(i * columns + first, i * columns + end), i * width);
  return { rows, columns: width, values: part };
}

/** [columns] */
export function columnMeans({ rows, columns, values }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) means[j]! += values[i * columns + j]!;
  }
  return means.map((sum) => sum / rows);
}

/** (x − means) · factor, row by row. */
export function shifted({ rows, columns, values }: Matrix, means: Float64Array, factor = 1): Matrix {
  const moved = values.slice();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) moved[i * columns + j] = (values[i * columns + j]! - means[j]!) * factor;
  }
  return { rows, columns, values: moved };
}

/** Below this share of its mean a column's standard deviation is float32's rounding. */
const rounding = 1e-7;

/** x less its column means, in float64; columns that do not vary are exactly 0, so that nothing takes rounding for structure. */
export function centred(x: Matrix): Matrix {
  const { rows, columns } = x;
  const means = columnMeans(x);
  const moved = shifted({ ...x, values: Float64Array.from(x.values) }, means);
  const { values } = moved;
  for (let j = 0; j < columns; j++) {
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += values[i * columns + j]! ** 2;
    if (Math.sqrt(squares / rows) > rounding * Math.abs(means[j]!)) continue;
    for (let i = 0; i < rows; i++) values[i * columns + j] = 0;
  }
  return moved;
}

/** Σ x² */
export function squaredNorm({ values }: Matrix): number {
  return dot(values, values);
}
