import { readPreprocessed } from '../../data/preprocessing.ts';
import { permutation, randomSequence, streams } from '../../engine/random.ts';
import type { Network } from '../../graph/graph.ts';
import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { sizeOf } from '../../graph/shape.ts';
import { inputsOf, isDense } from '../../model/topology.ts';
import { argmax } from '../../training/metrics.ts';
import { bootstrapMean, drawResamples } from '../measures/intervals.ts';
import type { SufficientUnits } from '../record.ts';
import { createRunner, partOf } from '../runner.ts';
import { type AnalysisOptions, drawImages, sequences } from '../sample.ts';
import type { InspectionTarget } from '../target.ts';

/** Test images of the quick report. */
const quickImages = 500;
const imagesAtOnce = 128;

/** The last dense layer, with what it reads; none where nothing is learnt before it, or something other than softmax follows. */
function lastHidden(network: Network): { readonly dense: number; readonly name: string } | undefined {
  const { layers } = network;
  const dense = layers.findLastIndex(isDense);
  if (dense < 0) return undefined;
  const isPlain = layers.slice(dense + 1).every(({ spec }) => {
    const { activation, identityAtInference } = traitsOf(spec);
    return activation === 'probabilities' || identityAtInference;
  });
  if (!isPlain || !layers.slice(0, dense).some(({ parameters }) => parameters.length > 0)) return undefined;
  const hidden = (layer: Layer): Layer => {
    const [input] = inputsOf(network, layer);
    return input && traitsOf(layer.spec).identityAtInference ? hidden(input) : layer;
  };
  return { dense, name: hidden(inputsOf(network, layers[dense]!)[0]!).name };
}

/**
 * How few units of the last hidden layer decide. With h [D] what the last dense layer reads, c the predicted class and w, b that
 * layer's weights, unit j says h_j (w_jc − mean over y ≠ c of w_jy) for the answer: how far it lifts the logit of c above the mean of
 * the others. Units are taken in falling order of that (of equals, the first), all others are set to 0, and k is the smallest number,
 * from 1 up, for which the network's answer is c; the figure is k ÷ D. The control takes the units of each image in random order,
 * by the same rule. Null where there is no hidden layer before the last dense one.
 */
export async function sufficientUnits(options: AnalysisOptions): Promise<SufficientUnits | null> {
  const { target, set, seed, onProgress } = options;
  const hidden = lastHidden(target.network);
  if (!hidden) return null;
  const order = drawImages(
    set.count,
    options.quick ? Math.min(quickImages, set.count) : set.count,
    seed,
    'sufficientUnits',
  );
  const doing = 'counting the units that decide';
  const trained = await smallestShares(target, target.parameters, hidden.dense, options, order);
  onProgress?.(0.5, doing);
  const untrained = await smallestShares(target, target.untrained, hidden.dense, options, order);
  onProgress?.(1, doing);
  const resamples = drawResamples(order.length, seed);
  return {
    layer: hidden.name,
    units: sizeOf(target.network.layers[hidden.dense]!.inputShape),
    ranked: bootstrapMean(trained.ranked, resamples),
    random: bootstrapMean(trained.random, resamples),
    untrainedRanked: bootstrapMean(untrained.ranked, resamples),
  };
}

async function smallestShares(
  { network, preprocessing, engine, threads }: InspectionTarget,
  parameters: Float32Array,
  at: number,
  { set, seed }: AnalysisOptions,
  order: Uint32Array,
): Promise<{ ranked: Float64Array; random: Float64Array }> {
  const dense = network.layers[at]!;
  const [kernel, bias] = dense.parameters.map(({ offset, size }) => parameters.subarray(offset, offset + size));
  const D = sizeOf(dense.inputShape);
  const decide = createDecision(kernel!, bias!);
  const ranked = new Float64Array(order.length);
  const random = new Float64Array(order.length);
  const draws = randomSequence(seed, streams.inspection, sequences.unitOrder);
  const before = await createRunner(partOf({ network, parameters }, 0, at), engine, threads, imagesAtOnce);
  try {
    for (let from = 0; from < order.length; from += imagesAtOnce) {
      const chosen = order.subarray(from, from + imagesAtOnce);
      await readPreprocessed(preprocessing, set, chosen, before.input);
      await before.run(chosen.length);
      for (let n = 0; n < chosen.length; n++) {
        const h = before.output.subarray(n * D, (n + 1) * D);
        const decision = decide(h);
        ranked[from + n] = decision.smallest(decision.ranking()) / D;
        random[from + n] = decision.smallest(permutation(D, draws)) / D;
      }
    }
  } finally {
    await before.close();
  }
  return { ranked, random };
}

/** A dense layer with kernel [D, Y] and bias [Y], to be asked about one input after the other. */
export function createDecision(kernel: ArrayLike<number>, bias: ArrayLike<number>) {
  const Y = bias.length;
  const D = kernel.length / Y;
  const logits = new Float64Array(Y);
  // What a unit of 1 says for each answer.
  const voices = new Float64Array(D * Y);
  for (let j = 0; j < D; j++) {
    let sum = 0;
    for (let y = 0; y < Y; y++) sum += kernel[j * Y + y]!;
    for (let y = 0; y < Y; y++) {
      const own = kernel[j * Y + y]!;
      voices[j * Y + y] = own - (Y > 1 ? (sum - own) / (Y - 1) : 0);
    }
  }
  const contributions = new Float64Array(D);
  const units = Uint32Array.from({ length: D }, (_, j) => j);
  const addUnit = (h: ArrayLike<number>, j: number) => {
    const value = h[j]!;
    for (let y = 0; y < Y; y++) logits[y]! += value * kernel[j * Y + y]!;
  };
  const start = () => {
    for (let y = 0; y < Y; y++) logits[y] = bias[y]!;
  };
  return (h: ArrayLike<number>) => {
    start();
    for (let j = 0; j < D; j++) addUnit(h, j);
    const answer = argmax(logits);
    return {
      answer,
      /** All units, loudest for the answer first. */
      ranking(): Uint32Array {
        for (let j = 0; j < D; j++) contributions[j] = h[j]! * voices[j * Y + answer]!;
        return units.slice().sort((a, b) => contributions[b]! - contributions[a]! || a - b);
      },
      /** The smallest k, from 1 up, for which the first k units of this order alone give the same answer. */
      smallest(order: Uint32Array): number {
        start();
        for (let k = 1; k < D; k++) {
          addUnit(h, order[k - 1]!);
          if (argmax(logits) === answer) return k;
        }
        return D;
      },
    };
  };
}
