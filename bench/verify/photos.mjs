import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { selectClasses } from '../../dist/core/data/selectClasses.js';
import { auroc } from '../../dist/core/evaluation/outOfDistribution/auroc.js';
import { distances } from '../../dist/core/evaluation/outOfDistribution/score.js';
import { loadPictureFolder } from '../../dist/node/datasets/pictures/loadPictureFolder.js';
import { loadModel, openClassifier } from '../../dist/node/index.js';
import { startService } from '../serve/processes.mjs';
import { drawPhotos, kinds } from '../transfer/drawnPhotos.mjs';
import { train, withFolder } from './selvedge.mjs';

const most = { cold: 60, cached: 5, photo: 40 };
const least = { bytes: 80_000, auroc: 0.8 };
const heldOut = 'cup';
const asked = 100;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Seconds that a training takes, and its record. */
async function timed(options) {
  const began = performance.now();
  const record = await train(options);
  return { seconds: (performance.now() - began) / 1000, record };
}

/** The median of milliseconds until a photo is answered, one after the other. */
async function photoOverHttp(model, photo) {
  const service = await startService(model);
  try {
    const times = [];
    for (let i = 0; i < asked + 10; i++) {
      const began = performance.now();
      const answer = await fetch(`http://127.0.0.1:${service.port}/v1/classify`, {
        method: 'POST',
        body: photo,
        headers: { 'content-type': 'image/jpeg' },
      });
      await answer.json();
      // The first ones find a process that is not warm.
      if (i >= 10) times.push(performance.now() - began);
    }
    return median(times);
  } finally {
    await service.stop();
  }
}

/** AUROC of the in-distribution score: photos of the class that was left out against test photos of the others. */
async function unknownKind(folder, path) {
  const model = await loadModel(path);
  const [height, width, channels] = model.preprocessing.reshape;
  const data = await loadPictureFolder({ path: folder, height, width, channels });
  const classifier = await openClassifier(model);
  const of = async (set) => {
    const { features } = await classifier.answersOf(set);
    return distances(model.reliability.familiarity, { values: features, size: features.length / set.count });
  };
  const known = await of(selectClasses(data, model.classNames).test);
  const label = data.classNames.indexOf(heldOut);
  const indices = Uint32Array.from(data.train.labels.keys()).filter((i) => data.train.labels[i] === label);
  const { features } = await classifier.answersOf(data.train, indices);
  await classifier.close();
  return auroc(
    distances(model.reliability.familiarity, { values: features, size: features.length / indices.length }),
    known,
  );
}

export const photos = {
  promise: `1,000 JPEGs of 800 × 600, ${least.bytes / 1000} kB or more each, in ten folders: train --from efficientnet-lite0 takes at most ${most.cold} s with empty caches, ${most.cached} s with cached pictures; one such photo over HTTP p50 at most ${most.photo} ms; out-of-distribution AUROC of a class that was left out of training at least ${least.auroc}`,
  measure: ({ quick }) =>
    withFolder(async (folder) => {
      const source = join(folder, 'photos');
      const drawn = await drawPhotos(source, quick ? 12 : 100);
      process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
      const options = ['--data', source, '--from', 'efficientnet-lite0'];
      const cold = await timed([...options, '--out', join(folder, 'cold')]);
      const cached = await timed([...options, '--out', join(folder, 'cached')]);
      const others = kinds.filter((kind) => kind !== heldOut);
      const part = await train([...options, '--classes', others.join(), '--out', join(folder, 'part')]);
      const milliseconds = await photoOverHttp(cold.record.run, readFileSync(join(source, kinds[0], '0.jpg')));
      const unknown = quick ? { value: 1, low: 1, high: 1 } : await unknownKind(source, part.run);
      const isSame = cold.record.weightsSha256 === cached.record.weightsSha256;
      return {
        figure: `${cold.seconds.toFixed(1)} s, ${cached.seconds.toFixed(1)} s cached, p50 ${milliseconds.toFixed(1)} ms, AUROC ${unknown.value.toFixed(3)} (${unknown.low.toFixed(3)} to ${unknown.high.toFixed(3)})`,
        passes:
          drawn.smallest >= least.bytes &&
          cold.seconds <= most.cold &&
          cached.seconds <= most.cached &&
          milliseconds <= most.photo &&
          unknown.value >= least.auroc &&
          isSame,
        details: [
          `${drawn.photos} photos, the smallest ${drawn.smallest} bytes; test accuracy ${(100 * cold.record.testAccuracy).toFixed(1)} %; ${isSame ? 'the same bits from the cache' : 'OTHER BITS from the cache'}`,
          ...(quick ? ['AUROC not measured'] : []),
        ],
      };
    }),
};
