// Embeddings of pictures by several methods, for the comparison in quality.mjs. All take 8-bit pictures [N, 28, 28, 1] and return float32
// [N, D], rows of length 1.
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { normalised } from '../../dist/core/catalogue/similarity/vectors.js';
import { fitImages } from '../../dist/core/data/fitPicture.js';
import { imagesInMemory } from '../../dist/core/data/images.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { lastDense } from '../../dist/core/model/topology.js';
import { withHead } from '../../dist/core/transfer/backbone.js';

export const edge = 28;
const size = edge * edge;

export const pixels = (images) => normalised(images, size);

/** The mean and the first principal components of pictures: [size] and [D, size]. */
export function principalComponents(images, D) {
  const N = images.length / size;
  const mean = new Float64Array(size);
  for (let i = 0; i < images.length; i++) mean[i % size] += images[i] / N;
  const covariance = new Float64Array(size * size);
  const row = new Float64Array(size);
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < size; i++) row[i] = images[n * size + i] - mean[i];
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) covariance[i * size + j] += row[i] * row[j];
  }
  const matrix = Matrix.from1DArray(size, size, covariance);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix.set(j, i, matrix.get(i, j));
  const { eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  // Eigenvalues ascend.
  const components = Array.from({ length: D }, (_, k) => eigenvectorMatrix.getColumn(size - 1 - k));
  return { mean, components };
}

export function pca({ mean, components }, images) {
  const N = images.length / size;
  const D = components.length;
  const values = new Float32Array(N * D);
  for (let n = 0; n < N; n++) {
    for (const [d, component] of components.entries()) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += (images[n * size + i] - mean[i]) * component[i];
      values[n * D + d] = sum;
    }
  }
  return normalised(values, D);
}

/**
 * Histograms of oriented gradients (Dalal and Triggs 2005): cells of 4 × 4 pixels, 9 unsigned orientations with linear interpolation, blocks of 2 × 2
 * cells, each block normalised, cut at 0.2 and normalised again; [6 · 6 · 4 · 9] = 1,296 values.
 */
export function hog(images) {
  const [cell, bins] = [4, 9];
  const cells = edge / cell;
  const N = images.length / size;
  const D = (cells - 1) ** 2 * 4 * bins;
  const values = new Float32Array(N * D);
  for (let n = 0; n < N; n++) {
    const at = (y, x) =>
      images[n * size + Math.min(edge - 1, Math.max(0, y)) * edge + Math.min(edge - 1, Math.max(0, x))];
    const histograms = new Float64Array(cells * cells * bins);
    for (let y = 0; y < edge; y++) {
      for (let x = 0; x < edge; x++) {
        const [gx, gy] = [at(y, x + 1) - at(y, x - 1), at(y + 1, x) - at(y - 1, x)];
        const magnitude = Math.hypot(gx, gy);
        const turn = ((Math.atan2(gy, gx) / Math.PI + 1) % 1) * bins;
        const low = Math.floor(turn) % bins;
        const share = turn - Math.floor(turn);
        const from = (Math.floor(y / cell) * cells + Math.floor(x / cell)) * bins;
        histograms[from + low] += magnitude * (1 - share);
        histograms[from + ((low + 1) % bins)] += magnitude * share;
      }
    }
    let to = n * D;
    for (let y = 0; y + 1 < cells; y++) {
      for (let x = 0; x + 1 < cells; x++) {
        let block = [
          [y, x],
          [y, x + 1],
          [y + 1, x],
          [y + 1, x + 1],
        ].flatMap(([i, j]) => [...histograms.subarray((i * cells + j) * bins, (i * cells + j + 1) * bins)]);
        for (const most of [0.2, 1]) {
          const length = Math.hypot(...block) + 1e-6;
          block = block.map((value) => Math.min(most, value / length));
        }
        values.set(block, to);
        to += block.length;
      }
    }
  }
  return normalised(values, D);
}

/** The features of a network (the input of its last dense layer, not normalised) and its probabilities. */
export async function featuresOf(model, engine, images, threads = 1) {
  const layer = lastDense(model.network).inputs[0].name;
  const classifier = await openClassifier(model, engine, threads, layer);
  const set = imagesInMemory(images, new Uint32Array(images.length / size), { height: edge, width: edge, channels: 1 });
  const answers = await classifier.answersOf(fitImages(set, model.preprocessing));
  await classifier.close();
  return answers;
}

/** A pretrained backbone as a model: its last layer, which nothing reads, is zeros. */
export function backboneModel(backbone, pictures) {
  const D = backbone.network.outputShape.at(-1);
  const head = { kernel: new Float32Array(D * 2), bias: new Float32Array(2) };
  return withHead(backbone, ['a', 'b'], head, pictures);
}
