import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../node/datasets/fashionMnist.ts';
import { nodeEngine } from '../../node/engine.ts';
import { fitData } from '../../node/fit.ts';
import { everyIndex, type LabelledImages } from '../data/images.ts';
import { readBackbone } from '../formats/backboneFile.ts';
import { initialParameters } from '../graph/initialise.ts';
import { buildNetwork } from '../graph/network.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { openClassifier } from '../model/classifier.ts';
import type { Model } from '../model/model.ts';
import { accuracyOf } from '../training/metrics.ts';
import { backboneFor, backboneOf } from './backbone.ts';
import { type TransferOptions, transfer } from './transfer.ts';

const file = new URL('../../../backbones/efficientnet-lite0.safetensors', import.meta.url);
const data = await loadDataset({ folder: 'test/fixtures/fashion-mnist-subset' });
const engine = await nodeEngine();
const published = readBackbone(readFileSync(file), 'efficientnet-lite0');
const options: TransferOptions = {
  backbone: backboneFor(published, [32, 32, 3]),
  pictures: { photos: 'garment', negate: true },
  threads: 1,
  perClass: 8,
};

describe('transfer', () => {
  test('8 images of each class and pretrained features: most of the test images are right, the layers below are unchanged', async () => {
    const { model, trainSamples, transfer: record } = await transfer(data, engine, options);
    expect(trainSamples).toHaveLength(80);
    expect(record).toMatchObject({ from: 'efficientnet-lite0', features: 112, chosenBy: { kind: 'cross-validation' } });
    expect(model.parameters.slice(0, published.parameters.length)).toEqual(published.parameters);
    const classifier = await openClassifier(model, engine, 1);
    const fitted = fitData(model, data);
    const accuracyOn = async (set: LabelledImages, samples = everyIndex(set)) => {
      const { probabilities } = await classifier.score(set, samples);
      return accuracyOf(
        probabilities,
        samples.map((i) => set.labels[i]!),
      );
    };
    // The classifier sees its training images as the regression saw them.
    expect(await accuracyOn(fitted.train, trainSamples)).toBe(1);
    expect(await accuracyOn(fitted.test)).toBeGreaterThan(0.5);
    await classifier.close();
  });

  test('1 and 3 threads give the same bits', async () => {
    const [one, three] = [
      await transfer(data, engine, options),
      await transfer(data, engine, { ...options, threads: 3 }),
    ];
    expect(three.model.parameters).toEqual(one.model.parameters);
  });

  test('a hidden layer: two dense layers behind the unchanged ones, the same bits on 1 and 3 threads, its training images right', async () => {
    const hidden = { ...options, head: 'hidden' } as const;
    const [one, three] = [
      await transfer(data, engine, hidden),
      await transfer(data, engine, { ...hidden, threads: 3 }),
    ];
    expect(three.model.parameters).toEqual(one.model.parameters);
    const { model, trainSamples } = one;
    expect(model.network.spec.slice(-2)).toMatchObject([
      { type: 'dense', units: 128, activation: 'relu' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ]);
    expect(model.parameters.slice(0, published.parameters.length)).toEqual(published.parameters);
    const classifier = await openClassifier(model, engine, 1);
    const { probabilities } = await classifier.score(fitData(model, data).train, trainSamples);
    const labels = trainSamples.map((i) => data.train.labels[i]!);
    expect(accuracyOf(probabilities, labels)).toBe(1);
    await classifier.close();
  });

  test('some classes only, with validation images', async () => {
    const {
      model,
      validationSamples,
      transfer: record,
    } = await transfer(data, engine, {
      ...options,
      classes: ['7-9'],
      validation: 30,
    });
    expect(model.classNames).toEqual(data.classNames.slice(7));
    expect(validationSamples).toHaveLength(30);
    expect(record.chosenBy).toEqual({ kind: 'validation', images: 30 });
  });

  test('stops when its signal is aborted', async () => {
    await expect(transfer(data, engine, { ...options, signal: { aborted: true } })).rejects.toThrow(
      'Stopped before the head was fitted',
    );
  });
});

describe('backboneOf', () => {
  const modelOf = (...layers: LayerSpec[]): Model => {
    const network = buildNetwork([{ type: 'input', shape: [4, 4, 1] }, ...layers]);
    const preprocessing = { divideBy: 255, reshape: [4, 4, 1], labels: 'oneHot' } as const;
    return { network, parameters: initialParameters(network, 0), classNames: ['a', 'b'], preprocessing };
  };
  const softmax: LayerSpec = { type: 'dense', units: 2, activation: 'softmax' };

  test('is the layers before the last dense one, with their weights', () => {
    const model = modelOf(
      { type: 'flatten' },
      { type: 'dense', units: 3, activation: 'relu' },
      { type: 'dropout', rate: 0.5 },
      softmax,
    );
    const { network, parameters } = backboneOf(model, 'runs/a');
    expect(network.spec).toEqual(model.network.spec.slice(0, 4));
    expect(parameters).toEqual(model.parameters.slice(0, 16 * 3 + 3));
  });

  test('refuses networks without a dense layer, or with nothing but one', () => {
    const convolution = modelOf(
      { type: 'conv2d', filters: 2, kernelSize: 4 },
      { type: 'flatten' },
      { type: 'softmax' },
    );
    expect(() => backboneOf(convolution, 'runs/a')).toThrow(
      'runs/a cannot be the first layers of another model: it has no dense layer',
    );
    const joined = modelOf(
      { type: 'flatten', name: 'flat' },
      { type: 'dense', units: 2, name: 'left', inputs: ['flat'] },
      { type: 'dense', units: 2, name: 'right', inputs: ['flat'] },
      { type: 'add', inputs: ['left', 'right'] },
      { type: 'softmax' },
    );
    expect(() => backboneOf(joined, 'runs/a')).toThrow('runs/a cannot be the first layers of another model:');
  });
});
