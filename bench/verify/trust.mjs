import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stratifiedSplit } from '../../dist/core/data/split.js';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { expectedCalibrationError } from '../../dist/core/evaluation/calibration.js';
import { auroc } from '../../dist/core/evaluation/outOfDistribution/auroc.js';
import { drawKind, testKinds } from '../../dist/core/evaluation/outOfDistribution/drawings/kinds.js';
import { distances } from '../../dist/core/evaluation/outOfDistribution/score.js';
import { precisionThresholds, statedPrecisions } from '../../dist/core/evaluation/precisionThresholds.js';
import { reliableAnswers } from '../../dist/core/evaluation/reliableAnswers.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { loadModel } from '../../dist/node/models.js';
import { percent, subset, train, withFolder } from './selvedge.mjs';

const validationImages = 5000;
/**
 * The threshold keeps 95 % of the validation split by construction, so the test split is what can tell: five standard deviations
 * below 95 % for a threshold from 5,000 images, measured on 10,000.
 */
const leastKept = 0.93;
const leastAuroc = 0.85;
const mostMicroseconds = 50;
const mostBytes = 500_000;
/** Not the seed of the pictures in the reliability metadata. */
const foreignSeed = 1;

/** `--model MODEL`, in the folder of its run, spares the training. */
export const trust = {
  promise: `trained with --validation ${validationImages}: on the test split, of which nothing was fitted, the calibration error is not larger than before and ${leastKept * 100} % are familiar; AUROC at least ${leastAuroc} for each of ${testKinds.length} foreign kinds, under ${mostMicroseconds} µs a picture`,
  measure: ({ quick, model }) =>
    withFolder(async (folder) => {
      const words = quick
        ? ['--data', subset, '--epochs', '2', '--validation', '100']
        : ['--validation', validationImages];
      const record = model
        ? JSON.parse(readFileSync(join(dirname(model), 'run.json'), 'utf8'))
        : await train([...words.map(String), '--out', join(folder, 'run')]);
      const read = await loadModel(model ?? record.model);
      const { reliability } = read;
      if (!reliability?.familiarity)
        throw new Error('the model has no reliability metadata, or one without familiarity');

      const data = await loadDataset(quick && !model ? { folder: subset } : {});
      const { seed, limit, validation: count } = record.configuration;
      const random = randomSequence(seed, streams.split, 0);
      const split = stratifiedSplit(data.train.labels.subarray(0, limit ?? data.train.count), count, random.below);
      const classifier = await openClassifier(read, await nodeEngine(), 2);
      const far = ({ features }, images) =>
        distances(reliability.familiarity, { values: features, size: features.length / images });
      const describe = async (set, samples) => {
        const answers = await classifier.answersOf(set, samples);
        const labels = Uint8Array.from(samples, (i) => set.labels[i]);
        const { probabilities, familiarity } = reliableAnswers(reliability, answers, labels.length);
        return {
          answers,
          set: { probabilities, labels },
          before: expectedCalibrationError({ probabilities: answers.probabilities, labels }),
          after: expectedCalibrationError({ probabilities, labels }),
          kept: familiarity.filter(({ familiar }) => familiar).length / labels.length,
        };
      };
      const validation = await describe(data.train, split.validation);
      const test = await describe(
        data.test,
        Uint32Array.from({ length: data.test.count }, (_, i) => i),
      );

      const testFar = far(test.answers, data.test.count);
      const kinds = [];
      const pictures = quick ? 100 : 1000;
      for (const kind of testKinds) {
        const answers = await classifier.answers(drawKind(kind, pictures, foreignSeed));
        const kept = reliableAnswers(reliability, answers, pictures).familiarity.filter(
          ({ familiar }) => familiar,
        ).length;
        kinds.push({ name: kind.name, kept: kept / pictures, ...auroc(far(answers, pictures), testFar) });
      }
      await classifier.close();

      const thresholds = precisionThresholds(validation.set, read.classNames.length);
      const microseconds = costOf(reliability, test.answers, data.test.count);
      const { whitening, means, reference } = reliability.familiarity;
      const bytes = whitening.byteLength + means.byteLength + reference.byteLength;
      const stands =
        validation.before === reliability.calibration.validation.before &&
        validation.after === reliability.calibration.validation.after &&
        test.before === reliability.calibration.test.before &&
        test.after === reliability.calibration.test.after &&
        test.kept === reliability.familiarity.testKept &&
        JSON.stringify(thresholds) === JSON.stringify(reliability.thresholds ?? thresholds);
      const side = ({ before, after, kept }) =>
        `calibration error ${percent(before)} before, ${percent(after)} after; ${percent(kept, 1)} familiar`;
      return {
        figure: `test: ${side(test)}; AUROC from ${Math.min(...kinds.map(({ value }) => value)).toFixed(3)}; ${microseconds.toFixed(1)} µs of processor time a picture; ${bytes} bytes`,
        passes:
          stands &&
          test.after <= test.before &&
          test.kept >= leastKept &&
          kinds.every(({ value }) => value >= leastAuroc) &&
          microseconds < mostMicroseconds &&
          bytes < mostBytes,
        details: [
          `temperature ${reliability.calibration.temperature.toFixed(4)}, layer ${reliability.familiarity.layer}`,
          `validation, on which temperature and threshold were fitted: ${side(validation)}`,
          ...kinds.map(
            ({ name, value, low, high, kept }) =>
              `${name.padEnd(18)} AUROC ${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}), ${percent(kept, 1)} of ${pictures} called familiar`,
          ),
          ...statedPrecisions.map((precision, i) => acceptedOf(test.set, thresholds, precision, i, read.classNames)),
          ...(stands ? [] : ['the reliability metadata states other figures of the validation or the test split']),
        ],
      };
    }),
};

/** What the thresholds for one precision accept on the test split, in words. */
function acceptedOf({ probabilities, labels }, classes, precision, i, names) {
  const found = names.map((name) => ({ name, accepted: 0, right: 0 }));
  labels.forEach((label, n) => {
    const row = probabilities.subarray(n * names.length, (n + 1) * names.length);
    const best = row.indexOf(Math.max(...row));
    const { threshold } = classes[best].thresholds[i];
    if (threshold === null || row[best] < threshold) return;
    found[best].accepted++;
    if (label === best) found[best].right++;
  });
  const sum = (key) => found.reduce((total, one) => total + one[key], 0);
  const some = found.filter(({ accepted }) => accepted > 0).map((one) => ({ ...one, share: one.right / one.accepted }));
  const worst = some.toSorted((a, b) => a.share - b.share)[0];
  const lowest = worst ? `, the least ${worst.name} with ${percent(worst.share, 1)}` : '';
  return `thresholds for ${percent(precision, 0)}: ${some.length} classes have one; ${percent(sum('accepted') / labels.length, 1)} of the test split accepted, ${percent(sum('right') / sum('accepted'), 1)} of these right${lowest}`;
}

/** Processor time to calibrate and judge one picture's answer, each alone as in a service, after warming up. */
function costOf(reliability, { probabilities, features }, images) {
  const [Y, D] = [probabilities.length / images, features.length / images];
  const judgeAll = () => {
    for (let n = 0; n < images; n++) {
      const answers = {
        probabilities: probabilities.subarray(n * Y, (n + 1) * Y),
        features: features.subarray(n * D, (n + 1) * D),
      };
      reliableAnswers(reliability, answers, 1);
    }
  };
  judgeAll();
  const before = process.cpuUsage();
  judgeAll();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / images;
}
