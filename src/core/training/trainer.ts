import { compile } from '../compile/compile.ts';
import { createExecutable, overImages, planPrograms } from '../compile/executable.ts';
import { parameterSet } from '../compile/parameterSet.ts';
import type { LabelledImages } from '../data/images.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import { type Buffer, persistentBuffer } from '../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../engine/kernelCall.ts';
import type { MemoryPlan } from '../engine/memoryPlan.ts';
import { seedWords } from '../engine/random.ts';
import type { Engine } from '../engine/start.ts';
import { logitsOf, type Network } from '../graph/network.ts';
import { formatShape, type Shape } from '../graph/shape.ts';
import { createStaging, microBatch, type Scored, scoreImages, stageImages } from '../model/staging.ts';
import { type Augmentation, augmentationScratch, loadTrainingImages, noAugmentation } from './augmentation.ts';
import { requireFittingBatch, trainingMicroBatch } from './batchGroups.ts';
import { type ImageSizes, imageShapeIn, imageShapesOf, networkFor } from './imageSizes.ts';
import { countCorrect } from './metrics.ts';
import { compileUpdate, defaultUpdate, type UpdateSettings } from './update.ts';

export interface TrainingStep {
  readonly set: LabelledImages;
  /** Which images of the set. */
  readonly samples: Uint32Array;
  readonly seed: number;
  /** Counted from 1 over the whole training. */
  readonly step: number;
  /** Counted from 1, for augmentation; default 1. */
  readonly epoch?: number;
  readonly learningRate: number;
}

export interface BatchResult {
  /** Sum of the images' losses, in nats. */
  readonly lossSum: number;
  /** How many images had the largest probability at their label. */
  readonly correct: number;
}

/** What the optimizer keeps, and the parameters' average where there is one: float32 in the parameters' order, by name. */
export type OptimizerState = Readonly<Record<string, Float32Array>>;

/** A classifier in training. One call at a time; `close` frees its threads. */
export interface Trainer {
  readonly threads: number;
  /** A copy of all parameters, float32 in the network's order: those that the next step starts from. */
  parameters(): Float32Array;
  /** The parameters that are scored and saved: the average where there is one. */
  modelParameters(): Float32Array;
  /** Starts from these parameters: the optimiser's state is zero, and the average equals them. */
  setParameters(values: Float32Array): Promise<void>;
  /** A copy. */
  optimizerState(): OptimizerState;
  setOptimizerState(state: OptimizerState): void;
  train(step: TrainingStep): Promise<BatchResult>;
  /** Probabilities and losses, dropout off. */
  score(set: LabelledImages, samples: Uint32Array): Promise<Scored>;
  close(): Promise<void>;
}

/** What a trainer does beside its network. */
export interface LearningSettings {
  readonly update: UpdateSettings;
  /** Share of the targets' mass that all classes get in equal parts, in training only. */
  readonly labelSmoothing: number;
  /** Random changes to the images, in training only. */
  readonly augmentation: Augmentation;
  /** Sizes that training images are scaled down to in the first epochs. */
  readonly imageSizes: ImageSizes;
}

const defaultLearning: LearningSettings = {
  update: defaultUpdate,
  labelSmoothing: 0,
  augmentation: noAugmentation,
  imageSizes: {},
};

/** The programs of a training step with images of a shape. */
const stepPrograms = (shape: Shape) => {
  const text = formatShape(shape);
  return { clear: `clear ${text}`, learn: `learn ${text}`, update: `update ${text}` } as const;
};

/** The memory and the programs of training with batches of up to `batchSize` images. */
function compileTrainer(network: Network, preprocessing: Preprocessing, batchSize: number, learning: LearningSettings) {
  const trainingBatch = trainingMicroBatch(network, batchSize);
  const staging = createStaging(network, preprocessing, trainingBatch);
  const parameters = parameterSet(network);
  const [output, logits] = [network.output.name, logitsOf(network).name];
  const outputs = [output, logits];
  const P = network.parameterCount;
  const average = learning.update.emaDecay === null ? null : parameterSet(network).values;
  // What evaluation alone needs (weights with the normalisation folded in) is not packed in every step.
  const evaluated = {
    ...parameters,
    values: average ?? parameters.values,
    packed: new Map<string, Buffer>(),
    pack: [],
  };
  const update = compileUpdate(network, parameters, average, learning.update);
  const lossScale = persistentBuffer('the loss', 4);
  const context = persistentBuffer('the staging area', 16);
  const inference = compile(network, { parameters: evaluated, outputs, microBatch });
  const accumulators = new Map<string, Buffer>();
  const trained = imageShapesOf(learning.imageSizes, network.inputShape).map((shape) => {
    const compiled = compile(networkFor(network, shape), {
      parameters,
      outputs,
      microBatch: trainingBatch,
      dropout: { samples: staging.samples, context },
      batchStatistics: true,
      positionInBatch: staging.positions,
      backwardFrom: logits,
      accumulators,
    });
    return { shape, compiled };
  });
  const score = (compiled: typeof inference, load: readonly KernelCall[], labelSmoothing: number) => [
    ...load,
    staging.oneHot(labelSmoothing),
    ...compiled.forward,
    staging.store(compiled.output(output), staging.probabilities, staging.classes),
    staging.crossEntropy(compiled.output(logits)),
  ];
  const { augmentation, labelSmoothing } = learning;
  const { inputShape } = network;
  const { values, gradients } = parameters;
  const stepCalls = ({ shape, compiled: training }: (typeof trained)[number]) => {
    const names = stepPrograms(shape);
    const clearGradients = kernelCall('update', 'zeroFill', { x: gradients }, { units: P, chunkSize: 32768 });
    const load = loadTrainingImages(staging, preprocessing, training.input, inputShape, context, augmentation, shape);
    const lossGradient = kernelCall(
      'loss',
      'crossEntropyBackward',
      {
        x: training.output(logits),
        t: staging.targets,
        dx: training.gradient(logits),
        scale: lossScale,
        Y: staging.classes,
      },
      { units: 'images', chunkSize: 8 },
    );
    return {
      [names.clear]: [clearGradients, ...training.before],
      [names.learn]: [...score(training, load, labelSmoothing), lossGradient, ...training.backward],
      [names.update]: [...training.after, ...update.calls, ...parameters.pack],
    };
  };
  const calls: Record<string, readonly KernelCall[]> = {
    pack: parameters.pack,
    packEvaluated: evaluated.pack,
    score: score(inference, [staging.load(inference.input)], 0),
    ...Object.assign({}, ...trained.map(stepCalls)),
  };
  const scratches = [inference, ...trained.map(({ compiled }) => compiled)].map(({ scratchBytes }) => scratchBytes);
  const scratchBytes = Math.max(...scratches, augmentationScratch);
  const kept = [staging.samples, staging.positions, context, ...update.state.values()];
  const programs = { calls, kept, scratchBytes };
  return { programs, trainingBatch, staging, values, average, update, lossScale, context };
}

/**
 * The memory that training needs with batches of `batchSize` images.
 * @throws SelvedgeError 'bad-option' where whole batches need more than WebAssembly can address
 */
export function trainerPlan(
  network: Network,
  preprocessing: Preprocessing,
  batchSize: number,
  learning: Partial<LearningSettings> = {},
): MemoryPlan {
  const settings = { ...defaultLearning, ...learning };
  const plan = planPrograms(compileTrainer(network, preprocessing, batchSize, settings).programs);
  requireFittingBatch(network, batchSize, plan.bytes);
  return plan;
}

export interface TrainerOptions extends Partial<LearningSettings> {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  /** Images of the largest batch. */
  readonly batchSize: number;
  readonly engine: Engine;
  readonly threads: number;
}

export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { network, preprocessing, batchSize, engine, threads } = options;
  const learning = { ...defaultLearning, ...options };
  const compiled = compileTrainer(network, preprocessing, batchSize, learning);
  const { programs, trainingBatch, staging, values, average, update, lossScale, context } = compiled;
  requireFittingBatch(network, batchSize, planPrograms(programs).bytes);
  const executable = await createExecutable(engine, threads, programs);
  const { floats, words } = executable;
  /**
   * The program that has cleared the next step's sums. A step clears them at its end: where it begins, the threads do not start at the same
   * moment, and a long first call is better shared out than short ones that each end with a wait.
   */
  let cleared: string | undefined;
  return {
    threads: executable.threads,
    parameters: () => floats(values).slice(),
    modelParameters: () => floats(average ?? values).slice(),
    async setParameters(given) {
      floats(values).set(given);
      for (const buffer of update.state.values()) floats(buffer).fill(0);
      if (average) floats(average).set(given);
      await executable.run([{ program: 'pack' }]);
    },
    optimizerState: () => Object.fromEntries([...update.state].map(([name, buffer]) => [name, floats(buffer).slice()])),
    setOptimizerState(state) {
      for (const [name, buffer] of update.state) floats(buffer).set(state[name]!);
    },
    async train({ set, samples, seed, step, epoch = 1, learningRate }) {
      floats(lossScale)[0] = 1 / samples.length;
      update.prepare(floats, step, learningRate);
      words(context).set([...seedWords(seed), step, epoch]);
      const { clear, learn, update: end } = stepPrograms(imageShapeIn(epoch, learning.imageSizes, network.inputShape));
      let lossSum = 0;
      let correct = 0;
      for (let from = 0; from < samples.length; from += staging.slots) {
        const part = samples.subarray(from, from + staging.slots);
        await stageImages(executable, staging, set, part);
        words(staging.positions).set(part.map((_, i) => from + i));
        await executable.run([
          ...(from === 0 && cleared !== clear ? [{ program: clear }] : []),
          ...overImages(learn, part.length, trainingBatch),
          ...(from + staging.slots >= samples.length ? [{ program: end }, { program: clear }] : []),
        ]);
        for (const loss of floats(staging.losses).subarray(0, part.length)) lossSum += loss;
        const probabilities = floats(staging.probabilities).subarray(0, part.length * staging.classes);
        correct += countCorrect(probabilities, words(staging.labels), part.length);
      }
      cleared = clear;
      return { lossSum, correct };
    },
    async score(set, samples) {
      await executable.run([{ program: 'packEvaluated' }]);
      return scoreImages(executable, 'score', staging, set, samples);
    },
    close: () => executable.close(),
  };
}
