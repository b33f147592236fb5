// Trains with n images of each class in several ways, and scores on the whole test set.
import { fitImages } from '../../dist/core/data/fitPicture.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { openClassifier } from '../../dist/core/model/classifier.js';
import { chosenData } from '../../dist/core/training/configuration.js';
import { accuracyOf } from '../../dist/core/training/metrics.js';
import { train } from '../../dist/core/training/train.js';
import { backboneOf } from '../../dist/core/transfer/backbone.js';
import { fineTuneDefaults, fineTunedLayers } from '../../dist/core/transfer/fineTune.js';
import { scoreRows } from '../../dist/core/transfer/softmaxRegression.js';
import { transfer } from '../../dist/core/transfer/transfer.js';
import { backboneForData, findBackbone } from '../../dist/node/backbones.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { fineTuning } from '../../dist/node/runs/transferRun.js';
import { availableThreads } from '../../dist/node/workers/available.js';

export const counts = [1, 5, 10, 100];
export const seeds = [0, 1, 2, 3, 4];
/** Steps of a training from scratch, and epochs of fine-tuning: fewer where there are many images. */
const scratchSteps = 1000;
export const fineTuneEpochs = (n) => (n < 100 ? 20 : 10);

/** The classes that a network is trained on with all images, and the other ones. */
export const split = { first: ['0-6'], others: ['7-9'] };

const augmentation = { flip: 'random', shift: 1 };
const threads = availableThreads();
const clock = () => performance.now();

export async function openShots() {
  const data = await loadDataset({});
  const engine = await nodeEngine();
  const pretrained = backboneForData(await findBackbone('efficientnet-lite0'), data);
  const bases = new Map();

  async function accuracy(trained, classes) {
    const { test } = chosenData(data, { classes });
    const classifier = await openClassifier(trained.model, engine, threads);
    const { probabilities } = await classifier.score(fitImages(test, trained.model.preprocessing));
    await classifier.close();
    return accuracyOf(probabilities, test.labels);
  }

  const features = new Map();
  /** Accuracy of a new head; the test images' features are computed once for each backbone. */
  async function headAccuracy(trained, classes) {
    const { network, parameters, classNames, preprocessing } = trained.model;
    const [name, Y] = [network.output.inputs[0].inputs[0].name, classNames.length];
    const key = `${trained.transfer.backboneSha256} ${classes}`;
    const { test } = chosenData(data, { classes });
    if (!features.has(key)) {
      const classifier = await openClassifier(trained.model, engine, threads, name);
      features.set(key, (await classifier.answersOf(fitImages(test, preprocessing))).features);
      await classifier.close();
    }
    const bias = Float64Array.from(parameters.slice(-Y));
    const weights = Float64Array.from(parameters.slice(-Y * (trained.transfer.features + 1), -Y));
    return scoreRows({ weights, bias }, { values: features.get(key), labels: test.labels }).accuracy;
  }

  /** Without dropout between convolutions, which few images could not train; flipped and shifted images. */
  async function fromScratch(n, seed, classes) {
    const chosen = chosenData(data, { classes });
    const batchSize = Math.min(32, n * chosen.classNames.length);
    const trained = await train(data, engine, {
      network: builtinNetwork('reference-bn', { shape: [28, 28, 1], classes: chosen.classNames.length }),
      ...{ optimizer: 'adam', learningRate: 0.001, ...augmentation, batchSize, seed, perClass: n, classes },
      epochs: Math.ceil((scratchSteps * batchSize) / (n * chosen.classNames.length)),
      ...{ threads, clock },
    });
    return accuracy(trained, classes);
  }

  /** As `selvedge train --from … --flip random --shift 1` does it. */
  async function headOn(source, n, seed, classes) {
    return transfer(data, engine, { ...source, ...augmentation, seed, perClass: n, classes, threads });
  }

  async function fineTuned(n, seed, classes) {
    const head = await headOn(pretrained, n, seed, classes);
    const { network, initial, preprocessing } = fineTuning(head, fineTunedLayers);
    const trained = await train(data, engine, {
      ...fineTuneDefaults,
      ...augmentation,
      ...{ network, initial, preprocessing, seed, perClass: n, classes, epochs: fineTuneEpochs(n), threads, clock },
    });
    return accuracy(trained, classes);
  }

  /** A network that was trained on the first classes, all images, five epochs. */
  async function base(seed) {
    if (!bases.has(seed)) {
      const trained = await train(data, engine, {
        network: builtinNetwork('reference-bn', { shape: [28, 28, 1], classes: 7 }),
        ...{ classes: split.first, epochs: 5, batchSize: 128, seed, threads, clock },
      });
      bases.set(seed, { backbone: backboneOf(trained.model, 'the first seven classes'), pictures: undefined });
    }
    return bases.get(seed);
  }

  return {
    /** All classes. */
    pretrained: async (n, seed) => headAccuracy(await headOn(pretrained, n, seed, null), null),
    fineTuned: (n, seed) => fineTuned(n, seed, null),
    scratch: (n, seed) => fromScratch(n, seed, null),
    /** The other classes. */
    ownFeatures: async (n, seed) => headAccuracy(await headOn(await base(seed), n, seed, split.others), split.others),
    pretrainedOthers: async (n, seed) => headAccuracy(await headOn(pretrained, n, seed, split.others), split.others),
    scratchOthers: (n, seed) => fromScratch(n, seed, split.others),
  };
}
