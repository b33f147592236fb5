import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { checkedSteps, loadGolden } from './golden.mjs';

/**
 * A temporary folder with all that a process to be measured reads: the training set as plain IDX files, the golden
 * weights (float32, in the order and the layouts of the spec), and the pictures of the golden batches.
 *
 * @param {string | undefined} data the data set's folder
 */
export async function makeWorkload(data) {
  const { train } = await loadDataset(data === undefined ? {} : { folder: data });
  const golden = loadGolden();
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-bench-'));
  const write = (name, ...parts) => writeFileSync(join(folder, name), Buffer.concat(parts));
  const images = golden.batchSize * checkedSteps;
  write('train-images-idx3-ubyte', header(3, train.count, train.height, train.width), train.images);
  write('train-labels-idx1-ubyte', header(1, train.count), Uint8Array.from(train.labels));
  write('check-images', golden.images.subarray(0, images * train.height * train.width));
  write('check-labels', golden.labels.subarray(0, images));
  write('weights', new Uint8Array(golden.parameters.buffer));
  return { folder, golden, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function header(dimensions, ...sizes) {
  const bytes = Buffer.alloc(4 + 4 * sizes.length);
  bytes.writeUInt32BE(0x800 + dimensions);
  for (const [i, size] of sizes.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
  return bytes;
}
