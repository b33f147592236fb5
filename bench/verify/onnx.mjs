import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitImages } from '../../dist/core/data/fitPicture.js';
import { everyIndex, readImages } from '../../dist/core/data/images.js';
import { answerPictures } from '../../dist/core/evaluation/predictions.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { openClassifier } from '../../dist/node/index.js';
import { loadModel } from '../../dist/node/models.js';
import { execute, root, subset, train, withFolder } from './selvedge.mjs';

const pictures = 1000;
const allowed = 1e-5;
/** A network, or pretrained layers with a head. */
const networks = ['reference', 'resnet-20', 'mobile', 'efficientnet-lite0'];
const backbones = ['efficientnet-lite0'];
const python = process.env['PYTHON'] ?? 'python3';

const selvedge = (args) => execute(process.execPath, ['dist/node/cli/main.js', ...args]);

/** Probabilities as `selvedge predict` gives them, [N, Y]. */
async function predicted(model, images) {
  const classifier = await openClassifier(model, { threads: 2 });
  const { classNames, network } = classifier.model;
  const [height, width, channels] = network.inputShape;
  const size = height * width * channels;
  const list = Array.from({ length: pictures }, (_, i) => ({
    ...{ height, width, channels },
    pixels: images.subarray(i * size, (i + 1) * size),
  }));
  const answers = await answerPictures(classifier, list, classNames.length);
  await classifier.close();
  const probabilities = new Float32Array(pictures * classNames.length);
  for (const [i, { predictions }] of answers.entries())
    for (const { label, probability } of predictions) probabilities[i * classNames.length + label] = probability;
  return probabilities;
}

/** PYTHON names an interpreter that has onnx, onnxruntime and numpy. */
export const onnx = {
  promise: `exported files pass onnx.checker; ONNX Runtime's top-1 is the same on ${pictures} test images, probabilities within ${allowed}; import(export(m)) has the same weights`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const { test } = await loadDataset(quick ? { folder: subset } : {});
      const indices = everyIndex(test).subarray(0, pictures);
      const cases = [];
      let areKept = true;
      for (const name of quick ? networks.slice(0, 1) : networks) {
        const run = join(folder, name);
        const data = quick ? ['--data', subset] : [];
        const sizes = ['--limit', '10000', '--validation', '1000'];
        const from = backbones.includes(name) ? ['--from', name] : ['--network', name, '--epochs', '3'];
        const { model } = await train([...data, ...sizes, ...from, '--out', run]);
        const trained = await loadModel(model);
        const shape = trained.network.inputShape;
        const images = await readImages(fitImages(test, trained.preprocessing), indices);
        writeFileSync(join(folder, `${name}.u8`), images);
        writeFileSync(join(folder, `${name}.f32`), await predicted(trained, images));
        for (const form of ['float32', 'uint8', 'hub']) {
          const out = join(folder, `${name}-${form}${form === 'hub' ? '' : '.onnx'}`);
          const options = form === 'hub' ? ['--to', 'hub'] : ['--to', 'onnx', '--input', form];
          await selvedge(['export', run, ...options, '--out', out]);
          const file = form === 'hub' ? join(out, 'onnx/model.onnx') : out;
          const back = join(folder, `back-${name}-${form}`);
          mkdirSync(back);
          await selvedge(['import', file, '--out', back]);
          const [before, after] = [await loadModel(run), await loadModel(back)];
          areKept &&= Buffer.from(before.parameters.buffer).equals(Buffer.from(after.parameters.buffer));
          cases.push({ name, form, file, shape });
        }
      }
      const task = { folder, cases };
      const stdout = await execute(python, [join(root, 'bench/verify/compareOnnx.py'), JSON.stringify(task)]);
      const results = JSON.parse(stdout);
      const worst = Math.max(...results.map(({ difference }) => difference));
      const same = Math.min(...results.map((result) => result.same));
      return {
        figure: `${cases.length} files accepted, same top-1 on at least ${same} of ${pictures}, largest difference ${worst.toExponential(1)}, weights after import ${areKept ? 'the same' : 'DIFFERENT'}`,
        passes: same === pictures && worst <= allowed && areKept,
        details: results.map(
          ({ name, form, same: equal, difference }) =>
            `${name}, ${form}: same top-1 on ${equal}, largest difference ${difference.toExponential(1)}`,
        ),
      };
    }),
};
