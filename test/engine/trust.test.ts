import { describe, expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { imagesInMemory } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { calibrate, calibrationErrorAt } from '../../src/core/evaluation/calibration.ts';
import { fitReliability } from '../../src/core/evaluation/fitReliability.ts';
import {
  distances,
  fitDistance,
  inDistributionScores,
  leastScore,
  referenceDistances,
} from '../../src/core/evaluation/outOfDistribution/score.ts';
import { precisionThresholds } from '../../src/core/evaluation/precisionThresholds.ts';
import { reliableAnswers } from '../../src/core/evaluation/reliableAnswers.ts';
import { readModel, writeModel } from '../../src/core/formats/modelFile.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { referenceNetwork } from '../../src/core/graph/reference.ts';
import { sizeOf } from '../../src/core/graph/shape.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { openClassifier } from '../../src/core/model/classifier.ts';
import type { Model } from '../../src/core/model/model.ts';
import { train } from '../../src/core/training/train.ts';
import { inlineEngine } from './engines.ts';
import { range, scaledPixels, subset } from './fixtures.ts';

const data = subset();
const size = 28 * 28;
const input: LayerSpec = { type: 'input', shape: [28, 28, 1] };
const head: LayerSpec = { type: 'dense', units: 10, activation: 'softmax' };

function untrained(spec: readonly LayerSpec[]): Model {
  const network = buildNetwork(spec);
  return {
    network,
    parameters: initialParameters(network, 1),
    classNames: data.classNames,
    preprocessing: preprocessingFor(network.inputShape),
  };
}

describe('answers', async () => {
  test.each<[string, readonly LayerSpec[], string, number]>([
    ['the reference network', builtinNetwork('reference'), 'relu_3', 128],
    [
      'dense layers',
      [input, { type: 'flatten' }, { type: 'dense', units: 20, activation: 'relu' }, head],
      'relu_1',
      20,
    ],
    ['no hidden layer', [input, { type: 'flatten' }, head], 'dense_1', 10],
  ])('of %s: the same probability bits, and features within 1e-5 of the reference', async (_, spec, layer, D) => {
    const model = untrained(spec);
    const classifier = await openClassifier(model, inlineEngine, 1);
    const images = data.test.images.subarray(0, 7 * size);
    const { probabilities, features } = await classifier.answers(images);
    const scored = await classifier.score(
      data.test,
      Uint32Array.from({ length: 7 }, (_, i) => i),
    );
    expect(probabilities).toEqual(scored.probabilities);
    const scaled = Float32Array.from(images, (value) => value / 255);
    expect(await classifier.answers(scaled)).toEqual({ probabilities, features });
    expect(features).toHaveLength(7 * D);
    const { activations } = referenceNetwork(model.network, model.parameters, scaledPixels(data.test, 0, 7));
    const expected = activations.get(layer)!;
    const largest = Math.max(...expected.map(Math.abs));
    features.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * largest);
    });
    await classifier.close();
  });

  test('of scaled values between two grey levels are within 1e-6 of the reference', async () => {
    const model = untrained(builtinNetwork('reference'));
    const classifier = await openClassifier(model, inlineEngine, 1);
    const between = Float32Array.from({ length: 3 * size }, (_, i) => ((i * 37) % 1000) / 1000);
    const probabilities = await classifier.probabilities(between);
    const { activations } = referenceNetwork(model.network, model.parameters, between);
    const expected = activations.get(model.network.layers.at(-1)!.name)!;
    probabilities.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6);
    });
    await classifier.close();
  });

  test('have the same bits in any batch, over staging areas and threads', async () => {
    const classifier = await openClassifier(untrained(builtinNetwork('reference')), inlineEngine, 1);
    const many = new Uint8Array(500 * size);
    for (let n = 0; n < 500; n++)
      many.set(data.train.images.subarray((n % 400) * size, ((n % 400) + 1) * size), n * size);
    const all = await classifier.answers(many);
    for (const n of [0, 59, 60, 481, 499]) {
      const one = await classifier.answers(many.subarray(n * size, (n + 1) * size));
      expect(one.features).toEqual(all.features.subarray(n * 128, (n + 1) * 128));
      expect(one.probabilities).toEqual(all.probabilities.subarray(n * 10, (n + 1) * 10));
    }
    await classifier.close();
  });
});

describe('reliability metadata', async () => {
  const spec: readonly LayerSpec[] = [
    ...[input, { type: 'flatten' } as const],
    ...[{ type: 'dense', units: 24, activation: 'relu' } as const, head],
  ];
  const options = { network: spec, threads: 1, clock: () => 0, epochs: 4, batchSize: 20, validation: 100 };
  const { model, trainSamples, validationSamples } = await train(data, inlineEngine, options);
  const classifier = await openClassifier(model, inlineEngine, 1);
  const about = {
    trainSamples,
    chosenBy: { validationSamples },
    selvedge: '1.2.3',
    outOfDistributionPictures: 30,
  };
  const fitAgain = () => fitReliability({ classifier, data, ...about });
  const reliability = await fitAgain();

  test('describes the sets, and measures three kinds of foreign pictures', () => {
    expect(reliability.sets).toEqual({ fitted: 300, validation: 100, test: 200 });
    expect(reliability.familiarity!.foreign.map(({ pictures }) => pictures)).toEqual([30, 30, 30]);
  });

  test('on the test split, of which nothing was fitted: the calibration error falls, at least 0.9 are familiar, each kind of foreign picture has an AUROC of at least 0.85', () => {
    expect(reliability.calibration.test.after).toBeLessThan(reliability.calibration.test.before);
    expect(reliability.familiarity!.testKept).toBeGreaterThanOrEqual(0.9);
    expect(Math.min(...reliability.familiarity!.foreign.map(({ auroc }) => auroc.value))).toBeGreaterThanOrEqual(0.85);
  });

  test('has thresholds of the calibrated probabilities, from 14 images without a mistake on', async () => {
    expect(reliability.thresholds!.flatMap(({ thresholds }) => thresholds.map((one) => one.threshold))).toEqual(
      Array(50).fill(null),
    );
    const samples = Uint32Array.from({ length: 400 }, (_, i) => i);
    const fitted = await fitReliability({ classifier, data, ...about, chosenBy: { validationSamples: samples } });
    const { probabilities } = reliableAnswers(fitted, await classifier.answersOf(data.train, samples), 400);
    expect(fitted.calibration.temperature).not.toBe(1);
    expect(fitted.thresholds).toEqual(precisionThresholds({ probabilities, labels: data.train.labels }, 10));
    expect(fitted.thresholds!.some(({ thresholds: [first] }) => first!.threshold !== null)).toBe(true);
  });

  test('is the same when it is fitted again', async () => {
    expect(await fitAgain()).toEqual(reliability);
  });

  test('is not fitted on the test set', async () => {
    const inverted = imagesInMemory(
      data.test.images.map((value) => 255 - value),
      data.test.labels,
      data.test,
    );
    const other = { ...data, test: inverted };
    const again = await fitReliability({ classifier, data: other, ...about });
    expect(again.calibration.temperature).toBe(reliability.calibration.temperature);
    const { whitening, means, reference } = again.familiarity!;
    expect(reliability.familiarity).toMatchObject({ whitening, means, reference });
  });

  describe('of a model that was trained on all images', async () => {
    const all = await train(data, inlineEngine, { ...options, validation: 0 });
    const onAll = await openClassifier(all.model, inlineEngine, 1);
    const from = { trainImages: 300, weightsSha256: 'ab' };
    const chosenBy = { reliability, ...from };
    const { trainSamples: fitted } = all;
    const taken = await fitReliability({ ...about, classifier: onAll, data, trainSamples: fitted, chosenBy });

    test('takes temperature and threshold from the run with validation images, and says so', () => {
      const { temperature, validation } = reliability.calibration;
      expect(taken.calibration).toMatchObject({ temperature, validation });
      expect(taken.thresholds).toEqual(reliability.thresholds);
      expect(taken.familiarity!.reference).toEqual(reliability.familiarity!.reference);
      expect(taken.familiarity!.validationKept).toBe(reliability.familiarity!.validationKept);
      expect(taken.sets).toEqual({ fitted: 400, validation: 100, test: 200 });
      expect(taken.from).toEqual(from);
      expect(readModel(writeModel({ ...all.model, reliability: taken }), 'x').reliability).toEqual(taken);
    });

    test('is measured on the test set with its own weights', async () => {
      const { probabilities } = await onAll.answersOf(data.test);
      const measured = calibrationErrorAt({ probabilities, labels: data.test.labels }, taken.calibration.temperature);
      expect(taken.calibration.test).toEqual(measured);
      expect(taken.familiarity!.means).not.toEqual(reliability.familiarity!.means);
      expect(taken.familiarity!.testKept).toBeGreaterThanOrEqual(0.85);
    });

    test('is not taken from a score of another layer', async () => {
      const other = { ...reliability, familiarity: { ...reliability.familiarity!, layer: 'dense_9' } };
      const asked = fitReliability({
        ...about,
        classifier: onAll,
        data,
        chosenBy: { ...chosenBy, reliability: other },
      });
      await expect(asked).rejects.toThrow(
        "The other model's in-distribution score is of dense_9, this one's of relu_1; take a model of the same network.",
      );
    });
  });

  test('gives the same answers from a file as when it was fitted, in any batch', async () => {
    const read = readModel(writeModel({ ...model, reliability }), 'x');
    const served = await openClassifier(read, inlineEngine, 1);
    const images = data.test.images.subarray(0, 20 * size);
    const answers = reliableAnswers(read.reliability!, await served.answers(images), 20);
    expect(answers).toEqual(reliableAnswers(reliability, await classifier.answers(images), 20));
    const third = reliableAnswers(read.reliability!, await served.answers(images.subarray(2 * size, 3 * size)), 1);
    expect(third.familiarity![0]).toEqual(answers.familiarity![2]);
    expect(third.probabilities).toEqual(answers.probabilities.subarray(20, 30));
    await served.close();
  });

  test('has no foreign pictures where the network takes others than 28×28', async () => {
    const small = imagesInMemory(data.train.images.slice(0, 400 * 196), data.train.labels, {
      height: 14,
      width: 14,
      channels: 1,
    });
    const set = { ...data, train: small, test: { ...small, count: 50, labels: small.labels.slice(0, 50) } };
    const other = untrained([{ type: 'input', shape: [14, 14, 1] }, { type: 'flatten' }, head]);
    const opened = await openClassifier(other, inlineEngine, 1);
    const samples = { trainSamples: range(0, 60), chosenBy: { validationSamples: range(60, 40) } };
    const { familiarity } = await fitReliability({ classifier: opened, data: set, ...samples, selvedge: '1.2.3' });
    expect(familiarity).toMatchObject({ layer: 'dense_1', foreign: [] });
    await opened.close();
  });
});

describe('reliability metadata that names any layer of the reference network with at most 256 outputs', async () => {
  const model = untrained(builtinNetwork('reference'));
  const [fitted, known, asked] = [60, 40, 25];
  const images = fitted + known + asked;
  const recorder = await createRecorder({
    network: model.network,
    parameters: model.parameters,
    engine: inlineEngine,
    threads: 1,
    images,
  });
  await recorder.forward(scaledPixels(data.train, 0, images));
  const layers = model.network.layers.filter(({ outputShape }) => sizeOf(outputShape) <= 256);
  const recorded = new Map(layers.map(({ name }) => [name, recorder.activation(name).slice()]));
  await recorder.close();
  const one = { probabilities: Float32Array.of(0.5, 0.5), labels: [0] };

  test.each(layers.map(({ name }) => name))('%s: judges as an unfused recording of that layer does', async (layer) => {
    const D = recorded.get(layer)!.length / images;
    const featuresOf = (from: number, count: number) => ({
      values: recorded.get(layer)!.subarray(from * D, (from + count) * D),
      size: D,
    });
    const distance = fitDistance(featuresOf(0, fitted), data.train.labels.subarray(0, fitted));
    const parameters = { ...distance, reference: referenceDistances(distances(distance, featuresOf(fitted, known))) };
    const described = { layer, leastScore, validationKept: 1, testKept: 1, foreign: [] };
    const sets = { fitted, validation: known, test: 0 };
    const reliability = {
      calibration: calibrate(one, one),
      familiarity: { ...described, ...parameters },
      sets,
      selvedge: '0.0.0',
    };

    const classifier = await openClassifier({ ...model, reliability }, inlineEngine, 1);
    const from = fitted + known;
    const answers = await classifier.answers(data.train.images.subarray(from * size, images * size));
    await classifier.close();
    const expected = featuresOf(from, asked);
    expect(answers.features).toHaveLength(expected.values.length);
    const largest = Math.max(...expected.values.map(Math.abs));
    const error = Math.max(...answers.features.map((value, i) => Math.abs(value - expected.values[i]!)));
    expect(error / largest).toBeLessThan(1e-5);
    expect(reliableAnswers(reliability, answers, asked).familiarity).toEqual(
      inDistributionScores(parameters, expected),
    );
  });
});
