import { readPreprocessed } from '../../data/preprocessing.ts';
import { permutation, randomSequence, streams } from '../../engine/random.ts';
import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import type { Network } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import { hasWeights, isDense } from '../../model/topology.ts';
import { argmax } from '../../training/metrics.ts';
import { bootstrapMean, drawResamples } from '../measures/intervals.ts';
import type { SufficientUnits } from '../record.ts';
import { createRunner } from '../runner.ts';
import { type AnalysisOptions, drawImages, imagesFor, sequences } from '../sample.ts';
import type { InspectionTarget } from '../target.ts';

const imagesAtOnce = 128;

/** The last dense layer and the layer that it reads; undefined if no layer before it has weights, or more than softmax follows. */
function lastHidden({ output }: Network): { readonly dense: Layer; readonly name: string } | undefined {
  const passing = (layer: Layer, passes: (layer: Layer) => boolean): Layer =>
    layer.inputs.length === 1 && passes(layer) ? passing(layer.inputs[0]!, passes) : layer;
  const isIdentity = ({ spec }: Layer) => traitsOf(spec).identityAtInference;
  const dense = passing(output, (layer) => isIdentity(layer) || traitsOf(layer.spec).activation === 'probabilities');
  if (!isDense(dense) || !hasWeights(dense.inputs[0]!)) return undefined;
  return { dense, name: passing(dense.inputs[0]!, isIdentity).name };
}

/**
 * The minimal sufficient units of the last hidden layer. With h [D] the input of the last dense layer, w and b its weights, and c
 * the predicted class, the contribution of unit j is h_j (w_jc − mean over y ≠ c of w_jy): by how much it raises the logit of c
 * above the mean of the others. Units are kept in falling order of contribution (of equals, the first), all others are set to 0,
 * and k is the smallest number, at least 1, for which the prediction is c; the metric is k ÷ D. The control keeps the units of
 * each image in random order. Null if there is no hidden layer before the last dense one.
 */
export async function sufficientUnits(options: AnalysisOptions): Promise<SufficientUnits | null> {
  const { target, set, seed, onProgress } = options;
  const hidden = lastHidden(target.network);
  if (!hidden) return null;
  const order = drawImages(set.count, imagesFor(options), seed, 'sufficientUnits');
  const doing = 'counting minimal sufficient units';
  const trained = await smallestShares(target, target.parameters, hidden.dense, options, order);
  onProgress?.(0.5, doing);
  const untrained = await smallestShares(target, target.untrained, hidden.dense, options, order);
  onProgress?.(1, doing);
  const resamples = drawResamples(order.length, seed);
  return {
    layer: hidden.name,
    units: sizeOf(hidden.dense.inputShape),
    ranked: bootstrapMean(trained.ranked, resamples),
    random: bootstrapMean(trained.random, resamples),
    untrainedRanked: bootstrapMean(untrained.ranked, resamples),
  };
}

async function smallestShares(
  { network, preprocessing, engine, threads }: InspectionTarget,
  parameters: Float32Array,
  dense: Layer,
  { set, seed }: AnalysisOptions,
  order: Uint32Array,
): Promise<{ ranked: Float64Array; random: Float64Array }> {
  const [kernel, bias] = dense.parameters.map(({ offset, size }) => parameters.subarray(offset, offset + size));
  const D = sizeOf(dense.inputShape);
  const decide = createDecision(kernel!, bias!);
  const ranked = new Float64Array(order.length);
  const random = new Float64Array(order.length);
  const draws = randomSequence(seed, streams.inspection, sequences.unitOrder);
  const before = await createRunner({ network, parameters }, engine, threads, imagesAtOnce, {
    to: dense.inputs[0]!.name,
  });
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

/** A dense layer with kernel [D, Y] and bias [Y], for one input at a time. */
export function createDecision(kernel: ArrayLike<number>, bias: ArrayLike<number>) {
  const Y = bias.length;
  const D = kernel.length / Y;
  const logits = new Float64Array(Y);
  // The contribution of a unit of value 1 to each class.
  const unitContributions = new Float64Array(D * Y);
  for (let j = 0; j < D; j++) {
    let sum = 0;
    for (let y = 0; y < Y; y++) sum += kernel[j * Y + y]!;
    for (let y = 0; y < Y; y++) {
      const own = kernel[j * Y + y]!;
      unitContributions[j * Y + y] = own - (Y > 1 ? (sum - own) / (Y - 1) : 0);
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
      /** All units by falling contribution to the prediction. */
      ranking(): Uint32Array {
        for (let j = 0; j < D; j++) contributions[j] = h[j]! * unitContributions[j * Y + answer]!;
        return units.slice().sort((a, b) => contributions[b]! - contributions[a]! || a - b);
      },
      /** The smallest k, from 1 up, for which the first k units of this order alone give the same prediction. */
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
