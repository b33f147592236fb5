// What the comparison of embeddings is measured on: pictures, class splits, trained networks and their features. Whatever takes long is kept in
// a folder, so that an interrupted measurement goes on where it was.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imagesInMemory, readImages } from '../../dist/core/data/images.js';
import { randomSequence } from '../../dist/core/engine/random.js';
import { lastDense } from '../../dist/core/model/topology.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { loadModel } from '../../dist/node/models.js';
import { runProcess } from '../lib/children.mjs';
import { edge, featuresOf } from './embeddings.mjs';

export const seeds = [0, 1, 2, 3, 4];
/** For each seed the classes that its network is not trained on. */
export const heldOut = [
  [7, 8, 9],
  [4, 5, 6],
  [1, 2, 3],
  [0, 6, 9],
  [2, 5, 8],
];
export const others = (seed) => Array.from({ length: 10 }, (_, y) => y).filter((y) => !heldOut[seed].includes(y));
export const size = edge * edge;

/** Pictures with their labels. */
export function part({ images, labels }, keep) {
  const indices = [...labels.keys()].filter(keep);
  const chosen = new Uint8Array(indices.length * size);
  for (const [i, index] of indices.entries()) chosen.set(images.subarray(index * size, (index + 1) * size), i * size);
  return { images: chosen, labels: indices.map((index) => labels[index]) };
}

/** Rows of a matrix [N, D]. */
export function rowsOf(values, D, keep) {
  const rows = Array.from({ length: values.length / D }, (_, i) => i).filter(keep);
  const chosen = new Float32Array(rows.length * D);
  for (const [i, row] of rows.entries()) chosen.set(values.subarray(row * D, (row + 1) * D), i * D);
  return chosen;
}

/**
 * Other views of pictures. Moved: shifted by up to 2 pixels in each direction, zeros coming in, and with up to 20 % other contrast and
 * brightness; all drawn from the counter generator.
 */
export function alteredViews(images) {
  const N = images.length / size;
  const moved = new Uint8Array(images.length);
  const mirrored = new Uint8Array(images.length);
  for (let n = 0; n < N; n++) {
    const random = randomSequence(0, 0, n);
    const [dy, dx] = [random.below(5) - 2, random.below(5) - 2];
    const [contrast, brightness] = [0.8 + 0.4 * random.float(), 51 * (2 * random.float() - 1)];
    for (let y = 0; y < edge; y++) {
      for (let x = 0; x < edge; x++) {
        const [fromY, fromX] = [y - dy, x - dx];
        const inside = fromY >= 0 && fromY < edge && fromX >= 0 && fromX < edge;
        const value = inside ? images[n * size + fromY * edge + fromX] : 0;
        // The background of Fashion-MNIST is black in every photo.
        const changed = value === 0 ? 0 : value * contrast + brightness;
        moved[n * size + y * edge + x] = Math.min(255, Math.max(0, Math.round(changed)));
        mirrored[n * size + y * edge + x] = images[n * size + y * edge + (edge - 1 - x)];
      }
    }
  }
  return { moved, mirrored };
}

export async function openMaterial({ runs, threads = 1 }) {
  mkdirSync(runs, { recursive: true });
  const data = await loadDataset({});
  const whole = async (set) => ({
    images: await readImages(set, Uint32Array.from(set.labels.keys())),
    labels: [...set.labels],
  });
  const [train, test] = [await whole(data.train), await whole(data.test)];
  return {
    data,
    train,
    test,
    /** A network of a recipe, trained on all classes or the others than the seed's held-out ones. */
    async network(recipe, seed, kind, options = []) {
      const name = kind === 'seen' ? `${recipe}-${seed}` : `${recipe}-${kind}-${seed}`;
      const folder = join(runs, name);
      if (!existsSync(join(folder, 'run.json'))) {
        console.log(`${name}: training`);
        const target = existsSync(join(folder, 'checkpoint.safetensors')) ? '--resume' : '--out';
        const classes = kind === 'held' ? ['--classes', others(seed).join()] : [];
        const main = fileURLToPath(new URL('../../dist/node/cli/main.js', import.meta.url));
        const command = ['train', '--recipe', recipe, '--seed', String(seed), ...classes, ...options];
        await runProcess([process.execPath, main, ...command, '--threads', String(threads), target, folder, '--json']);
      }
      const model = await loadModel(folder);
      const { weightsSha256 } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
      return { name, model, modelSha256: weightsSha256, layer: lastDense(model.network).inputs[0].name };
    },
    /** A matrix that is computed once. */
    async kept(name, compute) {
      const file = join(runs, `${name}.f32`);
      if (!existsSync(file)) {
        const values = await compute();
        writeFileSync(`${file}.part`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        renameSync(`${file}.part`, file);
      }
      const bytes = readFileSync(file);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
  };
}

/** Features and probabilities of pictures, kept under the network's name. */
export async function keptFeatures(material, engine, { name, model }, which, images) {
  const Y = model.classNames.length;
  let answers;
  const compute = async () => {
    answers ??= await featuresOf(model, engine, images);
    return answers;
  };
  const features = await material.kept(`${name}-${which}`, async () => (await compute()).features);
  const probabilities = await material.kept(`${name}-${which}-p`, async () => (await compute()).probabilities);
  return { features, probabilities, D: features.length / (probabilities.length / Y), Y };
}

export const asSet = ({ images, labels }) => imagesInMemory(images, labels, { height: edge, width: edge, channels: 1 });
