import { makePlan, type ParameterPlaces } from '../compile/plan.ts';
import type { LabelledImages } from '../data/images.ts';
import type { Preprocessing } from '../data/preprocessing.ts';
import { createArena } from '../engine/arena.ts';
import type { Job, Program, Step } from '../engine/program.ts';
import { seedWords } from '../engine/random.ts';
import { type Engine, startTeam } from '../engine/start.ts';
import type { Network } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import { countCorrect } from './metrics.ts';
import { adamRates } from './optimizers/adam.ts';

/** Images that go through the network at once. Larger batches run as several; no result depends on it. */
const microBatch = 60;
/** Images that fit the staging area, where pixels come in and probabilities go out. */
const stagingImages = 8 * microBatch;

/** One step of training. */
export interface TrainStep {
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

/** Running means of the gradients and of their squares. */
export interface OptimiserState {
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export interface Scored {
  /** [N, Y] */
  readonly probabilities: Float32Array;
  /** [N], categorical cross-entropy in nats. */
  readonly losses: Float32Array;
}

export interface Answers {
  /** [N, Y] */
  readonly probabilities: Float32Array;
  /** [N, D]: the output of the layer that `RuntimeOptions.features` names; D is 0 where none is named. */
  readonly features: Float32Array;
}

/** Pictures [N, H, W, C]: 8-bit, or float32 already scaled to 0–1. */
export type Pictures = Uint8Array | Float32Array;

/** A classifier placed in the engine's memory, with threads that run it. One call at a time. */
export interface Runtime {
  readonly threads: number;
  /** A copy of all parameters, float32 in spec order. */
  parameters(): Float32Array;
  /** Begins anew from these parameters: Adam's running means are zero. */
  setParameters(values: Float32Array): Promise<void>;
  /** Copies of Adam's two running means, float32 in the parameters' order. */
  optimiserState(): OptimiserState;
  setOptimiserState(state: OptimiserState): void;
  train(step: TrainStep): Promise<BatchResult>;
  /** Probabilities and losses, dropout off. */
  score(set: LabelledImages, samples: Uint32Array): Promise<Scored>;
  close(): Promise<void>;
}

export interface AnsweringRuntime extends Runtime {
  /** Probabilities, the same bits as `score` gives, and features. */
  answer(pictures: Pictures): Promise<Answers>;
  /** The same of labelled images. */
  answerOf(set: LabelledImages, samples: Uint32Array): Promise<Answers>;
}

export interface RuntimeOptions {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  readonly engine: Engine;
  readonly threads: number;
  /** Whether `train` will be called; without it the engine needs less memory. */
  readonly training: boolean;
  /** The layer whose output `answer` gives; it must end a fused stage, as all do that feed a last dense layer. */
  readonly features?: string;
}

export async function createRuntime({
  network,
  preprocessing,
  engine,
  threads,
  training,
  features,
}: RuntimeOptions): Promise<AnsweringRuntime> {
  const classes = sizeOf(network.outputShape);
  const pixelsPerImage = sizeOf(network.inputShape);
  const logits = network.layers.at(-2)!.name;
  const first = network.layers[0]!.name;
  const output = network.layers.at(-1)!.name;
  const P = network.parameterCount;

  const arena = createArena(1024);
  const stagedValues = stagingImages * pixelsPerImage;
  const pixels = arena.allocate(stagedValues);
  const scaledPixels = arena.allocate(stagedValues * 4);
  const labels = arena.allocate(stagingImages * 4);
  const samples = arena.allocate(stagingImages * 4);
  const probabilities = arena.allocate(stagingImages * classes * 4);
  const losses = arena.allocate(stagingImages * 4);
  const targets = arena.allocate(microBatch * classes * 4);
  const featureSize =
    features === undefined ? 0 : sizeOf(network.layers.find(({ name }) => name === features)!.outputShape);
  const featureRows = featureSize && arena.allocate(stagingImages * featureSize * 4);
  const lossScale = arena.allocate(4);
  const randomContext = arena.allocate(12);
  const rates = arena.allocate(16);
  const values = arena.allocate(P * 4);
  const optimiser = training
    ? { gradients: arena.allocate(P * 4), m: arena.allocate(P * 4), v: arena.allocate(P * 4) }
    : { gradients: 0, m: 0, v: 0 };
  const places: ParameterPlaces = {
    values,
    gradients: optimiser.gradients,
    samples,
    randomContext,
    derived: new Map(),
    derivations: [],
  };

  const wholeImages = { units: 'images', grain: 8 } as const;
  const input = (to: number): Step => ({
    kernel: 'scalePixels',
    owner: 'input',
    args: [pixels, to, pixelsPerImage, preprocessing.divideBy],
    moving: [[0, pixelsPerImage]],
    ...wholeImages,
  });
  const scaledInput = (to: number): Step => ({
    kernel: 'copyRows',
    owner: 'input',
    args: [scaledPixels, to, pixelsPerImage],
    moving: [[0, pixelsPerImage * 4]],
    ...wholeImages,
  });
  const oneHot: Step = {
    kernel: 'oneHot',
    owner: 'loss',
    args: [labels, targets, classes],
    moving: [[0, 4]],
    ...wholeImages,
  };
  const lossOf = (x: number): Step => ({
    kernel: 'crossEntropyForward',
    owner: 'loss',
    args: [x, targets, losses, classes],
    moving: [[2, 4]],
    ...wholeImages,
  });
  const copyTo = (to: number, from: number, size: number): Step => ({
    kernel: 'copyRows',
    owner: 'output',
    args: [from, to, size],
    moving: [[1, size * 4]],
    ...wholeImages,
  });
  const copyOut = (from: number): Step => copyTo(probabilities, from, classes);

  const inference = makePlan(network, places, arena, { training: false, microBatch, fuse: true });
  let { scratchBytes } = inference;
  const programs: Program[] = [
    places.derivations,
    [
      input(inference.activations.get(first)!),
      oneHot,
      ...inference.forward,
      copyOut(inference.activations.get(output)!),
      lossOf(inference.activations.get(logits)!),
    ],
  ];
  const [prepare, score, begin, learn, update] = [0, 1, 2, 3, 4];
  if (training) {
    const plan = makePlan(network, places, arena, { training: true, microBatch, fuse: true, backwardFrom: logits });
    scratchBytes = Math.max(scratchBytes, plan.scratchBytes);
    const { gradients, m, v } = optimiser;
    const x = plan.activations.get(logits)!;
    programs.push(
      [{ kernel: 'zeroFill', owner: 'update', args: [gradients], units: P, grain: 32768 }, ...plan.before],
      [
        input(plan.activations.get(first)!),
        oneHot,
        ...plan.forward,
        copyOut(plan.activations.get(output)!),
        lossOf(x),
        {
          kernel: 'crossEntropyBackward',
          owner: 'loss',
          args: [x, targets, plan.gradients.get(logits)!, lossScale, classes],
          ...wholeImages,
        },
        ...plan.backward,
      ],
      [
        ...plan.after,
        {
          kernel: 'adam',
          owner: 'update',
          args: [values, gradients, m, v, rates],
          units: Math.ceil(P / 4),
          grain: 4096,
        },
        ...places.derivations,
      ],
    );
  }

  const answering = [
    ...inference.forward,
    copyOut(inference.activations.get(output)!),
    ...(features === undefined ? [] : [copyTo(featureRows, inference.activations.get(features)!, featureSize)]),
  ];
  const answer = programs.length;
  const answerScaled = answer + 1;
  const start = inference.activations.get(first)!;
  programs.push([input(start), ...answering], [scaledInput(start), ...answering]);

  const { buffer, team } = await startTeam(engine, { arena, programs, threads, scratchBytes });
  const bytes = new Uint8Array(buffer);
  const floats = (address: number, length: number) => new Float32Array(buffer, address, length);
  const words = (address: number, length: number) => new Uint32Array(buffer, address, length);

  /** The jobs that run `program` over the first `count` images of the staging area. */
  const jobsOf = (program: number, count: number): Job[] => {
    const jobs: Job[] = [];
    for (let offset = 0; offset < count; offset += microBatch) {
      jobs.push({ program, offset, count: Math.min(microBatch, count - offset) });
    }
    return jobs;
  };
  const stage = (set: LabelledImages, chosen: Uint32Array) => {
    const staged = words(labels, chosen.length);
    for (const [slot, sample] of chosen.entries()) staged[slot] = set.labels[sample]!;
    words(samples, chosen.length).set(chosen);
    return set.read(chosen, bytes.subarray(pixels, pixels + chosen.length * pixelsPerImage));
  };
  const once = (program: number): Job => ({ program, offset: 0, count: 1 });
  const answersOf = async (count: number, stagePart: (from: number, count: number) => Promise<number>) => {
    const answers = {
      probabilities: new Float32Array(count * classes),
      features: new Float32Array(count * featureSize),
    };
    for (let from = 0; from < count; from += stagingImages) {
      const part = Math.min(stagingImages, count - from);
      await team.run(jobsOf(await stagePart(from, part), part));
      answers.probabilities.set(floats(probabilities, part * classes), from * classes);
      answers.features.set(floats(featureRows, part * featureSize), from * featureSize);
    }
    return answers;
  };

  return {
    threads: team.threads,
    parameters: () => floats(values, P).slice(),
    async setParameters(given) {
      floats(values, P).set(given);
      if (training) for (const mean of [optimiser.m, optimiser.v]) floats(mean, P).fill(0);
      await team.run([once(prepare)]);
    },
    optimiserState: () => ({ m: floats(optimiser.m, P).slice(), v: floats(optimiser.v, P).slice() }),
    setOptimiserState({ m, v }) {
      floats(optimiser.m, P).set(m);
      floats(optimiser.v, P).set(v);
    },
    async train({ set, samples: chosen, seed, step, learningRate }) {
      floats(lossScale, 1)[0] = 1 / chosen.length;
      floats(rates, 4).set(adamRates(step, learningRate));
      words(randomContext, 3).set([...seedWords(seed), step]);
      let lossSum = 0;
      let correct = 0;
      for (let from = 0; from < chosen.length; from += stagingImages) {
        const part = chosen.subarray(from, from + stagingImages);
        await stage(set, part);
        const jobs = jobsOf(learn, part.length);
        if (from === 0) jobs.unshift(once(begin));
        if (from + stagingImages >= chosen.length) jobs.push(once(update));
        await team.run(jobs);
        for (const loss of floats(losses, part.length)) lossSum += loss;
        correct += countCorrect(floats(probabilities, part.length * classes), words(labels, part.length), part.length);
      }
      return { lossSum, correct };
    },
    async score(set, chosen) {
      const scored = {
        probabilities: new Float32Array(chosen.length * classes),
        losses: new Float32Array(chosen.length),
      };
      for (let from = 0; from < chosen.length; from += stagingImages) {
        const part = chosen.subarray(from, from + stagingImages);
        await stage(set, part);
        await team.run(jobsOf(score, part.length));
        scored.probabilities.set(floats(probabilities, part.length * classes), from * classes);
        scored.losses.set(floats(losses, part.length), from);
      }
      return scored;
    },
    async answer(pictures) {
      return answersOf(pictures.length / pixelsPerImage, async (from, count) => {
        const part = pictures.subarray(from * pixelsPerImage, (from + count) * pixelsPerImage);
        if (part instanceof Uint8Array) bytes.set(part, pixels);
        else floats(scaledPixels, stagedValues).set(part);
        return pictures instanceof Uint8Array ? answer : answerScaled;
      });
    },
    async answerOf(set, chosen) {
      return answersOf(chosen.length, async (from, count) => {
        await stage(set, chosen.subarray(from, from + count));
        return answer;
      });
    },
    close: () => team.close(),
  };
}
