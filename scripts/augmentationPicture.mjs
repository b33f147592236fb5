// Writes docs/images/augmentation.png: two training images of the committed subset in eight epochs, for each kind of augmentation.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createExecutable } from '../dist/core/compile/executable.js';
import { preprocessingFor } from '../dist/core/data/preprocessing.js';
import { persistentBuffer } from '../dist/core/engine/buffers.js';
import { seedWords } from '../dist/core/engine/random.js';
import { encodePng } from '../dist/core/formats/png.js';
import { builtinNetwork } from '../dist/core/graph/builtin.js';
import { buildNetwork } from '../dist/core/graph/network.js';
import { createStaging, stageImages } from '../dist/core/model/staging.js';
import { augmentationScratch, loadTrainingImages, noAugmentation } from '../dist/core/training/augmentation.js';
import { nodeEngine } from '../dist/node/engine.js';
import { loadDataset } from '../dist/node/index.js';
import { contactSheet } from '../dist/views/contactSheet.js';

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const epochs = 8;
const samples = Uint32Array.of(0, 1);
const kinds = {
  original: {},
  'shift 2': { shift: 2 },
  'flip random': { flip: 'random' },
  'flip alternating': { flip: 'alternating' },
  'brightness 0.4': { brightness: 0.4 },
  'contrast 0.6': { contrast: 0.6 },
  'cutout 8': { cutout: 8 },
  together: { shift: 2, flip: 'alternating', brightness: 0.4, contrast: 0.6, cutout: 8 },
};

const { train } = await loadDataset({ folder: file('test/fixtures/fashion-mnist-subset') });
const { inputShape, ...network } = buildNetwork(builtinNetwork('reference'));
const preprocessing = preprocessingFor(inputShape);
const size = train.height * train.width;

/** The samples' images in an epoch, as bytes. */
async function images(augmentation, epoch) {
  const staging = createStaging({ inputShape, ...network }, preprocessing);
  const context = persistentBuffer('the staging area', 16);
  const to = persistentBuffer('the input', staging.slots * size * 4);
  const load = loadTrainingImages(staging, preprocessing, to, inputShape, context, augmentation);
  const programs = {
    calls: { load },
    kept: [staging.labels, staging.samples, context],
    scratchBytes: augmentationScratch,
  };
  const executable = await createExecutable(await nodeEngine(), 1, programs);
  await stageImages(executable, staging, train, samples);
  executable.words(context).set([...seedWords(0), 1, epoch]);
  await executable.run([{ program: 'load', count: samples.length }]);
  const bytes = Uint8Array.from(executable.floats(to).subarray(0, samples.length * size), (v) => Math.round(v * 255));
  await executable.close();
  return [...samples].map((_, n) => ({
    image: { pixels: bytes.slice(n * size, (n + 1) * size), height: train.height, width: train.width, channels: 1 },
  }));
}

const rows = [];
for (const [label, settings] of Object.entries(kinds)) {
  const cells = [];
  for (let epoch = 1; epoch <= epochs; epoch++)
    cells.push(...(await images({ ...noAugmentation, ...settings }, epoch)));
  // The epochs of an image stand side by side.
  const byImage = [...samples.keys()].flatMap((n) => cells.filter((_, i) => i % samples.length === n));
  rows.push({ label, cells: byImage });
}
writeFileSync(file('docs/images/augmentation.png'), encodePng(contactSheet(rows, { scale: 2, textScale: 1, gap: 2 })));
