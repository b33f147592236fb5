import { dot } from '../../statistics/dot.ts';
import { columnMeans, columnsOf, type Matrix, type Multiply, rowsOf, shifted, transpose } from './matrix.ts';
import { eigen } from './spectrum.ts';

/** Penalties to choose from, as shares of the components' mean variance. */
const penalties = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1] as const;
/** Share of the training images on which the penalty is chosen. */
const chooseShare = 0.2;

/** What the ridge regression leaves of each held-out image, and what the training mean leaves: sums of squares, [N]. */
export interface Decoded {
  readonly components: number;
  readonly residual: Float64Array;
  readonly deviation: Float64Array;
}

export interface DecodingData {
  /** [N, K], leading components first, less their means on the training images. */
  readonly fit: Matrix;
  readonly score: Matrix;
  /** [N, P] */
  readonly fitPixels: Matrix;
  readonly scorePixels: Matrix;
}

/**
 * Ridge regressions from the first k components to P pixels: B minimises ‖Y − ZB‖² + penalty · N · ‖B‖², the pixels less
 * their training means. The penalty is the one of seven shares of the components' mean variance that does best on the last
 * fifth of the training images when fitted on the others; then B is fitted on all of them. R² is pooled over pixels and
 * images: 1 − Σ residual ÷ Σ deviation.
 * @param counts the k
 */
export async function decode(data: DecodingData, counts: readonly number[], multiply: Multiply): Promise<Decoded[]> {
  const N = data.fit.rows;
  const means = columnMeans(data.fitPixels);
  const pixels = shifted(data.fitPixels, means);
  const target = shifted(data.scorePixels, means);
  const first = N - Math.max(1, Math.round(N * chooseShare));
  const decoded: Decoded[] = [];
  for (const components of counts) {
    const z = columnsOf(data.fit, 0, components);
    const share = first < 1 ? penalties.at(-1)! : await chooseShareOf(z, pixels, first, multiply);
    const { zz, zy } = await products(z, pixels, multiply);
    const { values, vectors } = eigen(zz);
    const scale = shrunk(values, share);
    const rotated = await multiply(vectors, zy);
    for (let i = 0; i < rotated.values.length; i++) rotated.values[i]! *= scale[Math.floor(i / zy.columns)]!;
    const weights = await multiply(transpose(vectors), rotated);
    const guess = await multiply(columnsOf(data.score, 0, components), weights);
    const residual = new Float64Array(target.rows);
    const deviation = new Float64Array(target.rows);
    for (let n = 0; n < target.rows; n++) {
      for (let i = n * target.columns; i < (n + 1) * target.columns; i++) {
        const value = target.values[i]!;
        residual[n]! += (value - guess.values[i]!) ** 2;
        deviation[n]! += value * value;
      }
    }
    decoded.push({ components, residual, deviation });
  }
  return decoded;
}

/** ZᵀZ and ZᵀY. */
async function products(
  z: Matrix,
  y: Matrix,
  multiply: Multiply,
): Promise<{ readonly zz: Matrix; readonly zy: Matrix }> {
  const turned = transpose(z);
  return { zz: await multiply(turned, z), zy: await multiply(turned, y) };
}

/** 1 ÷ (λ + penalty) of the eigenvalues of ZᵀZ; 0 where nothing varies. */
function shrunk(values: Float64Array, share: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + Math.max(0, value), 0) / values.length;
  return values.map((value) => (mean > 0 ? 1 / (Math.max(0, value) + share * mean) : 0));
}

/**
 * The share whose fit on the images before `first` leaves least of the others. In the eigenvectors of ZᵀZ a fit is a
 * scaling s, and what it leaves is a constant − 2 Σ sᵢ ⟨cᵢ, dᵢ⟩ + Σ sᵢ sⱼ ⟨cᵢ, cⱼ⟩ gᵢⱼ: no penalty needs a fit of its own.
 */
async function chooseShareOf(fit: Matrix, pixels: Matrix, first: number, multiply: Multiply): Promise<number> {
  const N = fit.rows;
  const fitted = await products(rowsOf(fit, 0, first), rowsOf(pixels, 0, first), multiply);
  const others = await products(rowsOf(fit, first, N), rowsOf(pixels, first, N), multiply);
  const { values, vectors } = eigen(fitted.zz);
  const c = await multiply(vectors, fitted.zy);
  const d = await multiply(vectors, others.zy);
  const cc = await multiply(c, transpose(c));
  const g = await multiply(await multiply(vectors, others.zz), transpose(vectors));
  const cd = values.map((_, i) => dot(rowsOf(c, i, i + 1).values, rowsOf(d, i, i + 1).values));
  const errors = penalties.map((share) => {
    const s = shrunk(values, share);
    let error = 0;
    for (let i = 0; i < s.length; i++) {
      error -= 2 * s[i]! * cd[i]!;
      for (let j = 0; j < s.length; j++) {
        error += s[i]! * s[j]! * cc.values[i * s.length + j]! * g.values[i * s.length + j]!;
      }
    }
    return error;
  });
  return penalties[errors.indexOf(Math.min(...errors))]!;
}
