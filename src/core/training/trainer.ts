import { compile } from '../compile/compile.ts';
import { createExecutable, overImages, planPrograms } from '../compile/executable.ts';
import { parameterSet } from '../compile/parameterSet.ts';
import type { LabelledImages } from '../data/images.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import { persistentBuffer } from '../engine/buffers.ts';
import { kernelCall } from '../engine/kernelCall.ts';
import type { MemoryPlan } from '../engine/memoryPlan.ts';
import { seedWords } from '../engine/random.ts';
import type { Engine } from '../engine/start.ts';
import { logitsOf, type Network } from '../graph/network.ts';
import { createStaging, microBatch, type Scored, scoreImages, stageImages } from '../model/staging.ts';
import { trainingMicroBatch } from './batchGroups.ts';
import { countCorrect } from './metrics.ts';
import { adamRates } from './optimizers/adam.ts';

export interface TrainingStep {
  readonly set: LabelledImages;
  /** Which images of the set. */
  readonly samples: Uint32Array;
  readonly seed: number;
  /** Counted from 1 over the whole training. */
  readonly step: number;
  readonly learningRate: number;
}

export interface BatchResult {
  /** Sum of the images' losses, in nats. */
  readonly lossSum: number;
  /** How many images had the largest probability at their label. */
  readonly correct: number;
}

/** Adam's running means of the gradients and of their squares, float32 in the parameters' order. */
export interface OptimizerState {
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** A classifier in training. One call at a time; `close` frees its threads. */
export interface Trainer {
  readonly threads: number;
  /** A copy of all parameters, float32 in the network's order. */
  parameters(): Float32Array;
  /** Starts from these parameters: the optimiser's state is zero. */
  setParameters(values: Float32Array): Promise<void>;
  /** A copy. */
  optimizerState(): OptimizerState;
  setOptimizerState(state: OptimizerState): void;
  train(step: TrainingStep): Promise<BatchResult>;
  /** Probabilities and losses, dropout off. */
  score(set: LabelledImages, samples: Uint32Array): Promise<Scored>;
  close(): Promise<void>;
}

/** The memory and the programs of training with batches of up to `batchSize` images. */
function compileTrainer(network: Network, preprocessing: Preprocessing, batchSize: number) {
  const trainingBatch = trainingMicroBatch(network, batchSize);
  const staging = createStaging(network, preprocessing, trainingBatch);
  const parameters = parameterSet(network);
  const [output, logits] = [network.output.name, logitsOf(network).name];
  const outputs = [output, logits];
  const P = network.parameterCount;
  const [m, v] = [persistentBuffer('the optimizer', P * 4), persistentBuffer('the optimizer', P * 4)];
  const rates = persistentBuffer('the optimizer', 16);
  const lossScale = persistentBuffer('the loss', 4);
  const context = persistentBuffer('the staging area', 12);
  const inference = compile(network, { parameters, outputs, microBatch });
  const training = compile(network, {
    parameters,
    outputs,
    microBatch: trainingBatch,
    dropout: { samples: staging.samples, context },
    batchStatistics: true,
    positionInBatch: staging.positions,
    backwardFrom: logits,
  });
  const score = (compiled: typeof inference) => [
    staging.load(compiled.input),
    staging.oneHot(),
    ...compiled.forward,
    staging.store(compiled.output(output), staging.probabilities, staging.classes),
    staging.crossEntropy(compiled.output(logits)),
  ];
  const { values, gradients } = parameters;
  const calls = {
    pack: parameters.pack,
    score: score(inference),
    begin: [kernelCall('update', 'zeroFill', { x: gradients }, { units: P, chunkSize: 32768 }), ...training.before],
    learn: [
      ...score(training),
      kernelCall(
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
      ),
      ...training.backward,
    ],
    // Parameters that are not trained have gradients of zero, and Adam then leaves them as they are.
    update: [
      ...training.after,
      kernelCall(
        'update',
        'adam',
        { w: values, g: gradients, m, v, rates },
        { units: Math.ceil(P / 4), chunkSize: 4096 },
      ),
      ...parameters.pack,
    ],
  };
  const scratchBytes = Math.max(inference.scratchBytes, training.scratchBytes);
  const programs = { calls, kept: [staging.samples, staging.positions, context], scratchBytes };
  return { programs, trainingBatch, staging, values, m, v, rates, lossScale, context };
}

/** The memory that training needs with batches of `batchSize` images. */
export function trainerPlan(network: Network, preprocessing: Preprocessing, batchSize: number): MemoryPlan {
  return planPrograms(compileTrainer(network, preprocessing, batchSize).programs);
}

export interface TrainerOptions {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  /** Images of the largest batch. */
  readonly batchSize: number;
  readonly engine: Engine;
  readonly threads: number;
}

export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { network, preprocessing, batchSize, engine, threads } = options;
  const compiled = compileTrainer(network, preprocessing, batchSize);
  const { programs, trainingBatch, staging, values, m, v, rates, lossScale, context } = compiled;
  const executable = await createExecutable(engine, threads, programs);
  const { floats, words } = executable;
  return {
    threads: executable.threads,
    parameters: () => floats(values).slice(),
    async setParameters(given) {
      floats(values).set(given);
      for (const mean of [m, v]) floats(mean).fill(0);
      await executable.run([{ program: 'pack' }]);
    },
    optimizerState: () => ({ m: floats(m).slice(), v: floats(v).slice() }),
    setOptimizerState(state) {
      floats(m).set(state.m);
      floats(v).set(state.v);
    },
    async train({ set, samples, seed, step, learningRate }) {
      floats(lossScale)[0] = 1 / samples.length;
      floats(rates).set(adamRates(step, learningRate));
      words(context).set([...seedWords(seed), step]);
      let lossSum = 0;
      let correct = 0;
      for (let from = 0; from < samples.length; from += staging.slots) {
        const part = samples.subarray(from, from + staging.slots);
        await stageImages(executable, staging, set, part);
        words(staging.positions).set(part.map((_, i) => from + i));
        await executable.run([
          ...(from === 0 ? [{ program: 'begin' } as const] : []),
          ...overImages('learn', part.length, trainingBatch),
          ...(from + staging.slots >= samples.length ? [{ program: 'update' } as const] : []),
        ]);
        for (const loss of floats(staging.losses).subarray(0, part.length)) lossSum += loss;
        const probabilities = floats(staging.probabilities).subarray(0, part.length * staging.classes);
        correct += countCorrect(probabilities, words(staging.labels), part.length);
      }
      return { lossSum, correct };
    },
    score: (set, samples) => scoreImages(executable, 'score', staging, set, samples),
    close: () => executable.close(),
  };
}
