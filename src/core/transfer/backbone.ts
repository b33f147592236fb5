import type { PictureForm } from '../data/images.ts';
import { SelvedgeError } from '../errors.ts';
import { buildNetwork, type Network, networkForShape } from '../graph/network.ts';
import { formatShape, type Shape, sizeOf } from '../graph/shape.ts';
import type { Model } from '../model/model.ts';
import { lastDense } from '../model/topology.ts';

/** The first layers of a trained network. Its output, [D], are the features. */
export interface Backbone {
  readonly name: string;
  readonly network: Network;
  /** float32 in the network's order. */
  readonly parameters: Float32Array;
  /** Every 8-bit value of a picture is divided by this. */
  readonly divideBy: number;
}

interface DenseWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** A dense layer from features to the logits of classes: kernel [D, Y] and bias [Y]; kernel [H, Y] behind a hidden layer. */
export interface Head extends DenseWeights {
  /** A dense layer with ReLU before it: kernel [D, H] and bias [H]. */
  readonly hidden?: DenseWeights;
}

/**
 * The same layers and weights for pictures of another size.
 * @param shape [H, W, C]
 * @throws SelvedgeError 'bad-option' where its layers do not fit pictures of that size
 */
export function backboneFor(backbone: Backbone, shape: Shape): Backbone {
  let network: Network | undefined;
  let why = 'its weights are for another size';
  try {
    network = networkForShape(backbone.network, shape);
  } catch (error) {
    if (!(error instanceof SelvedgeError)) throw error;
    why = error.message.replace(/\.$/, '');
  }
  const fits = network?.parameters.every(
    (own, i) => formatShape(own.shape) === formatShape(backbone.network.parameters[i]!.shape),
  );
  if (network && fits) return { ...backbone, network };
  throw new SelvedgeError(
    'bad-option',
    `${backbone.name} cannot read pictures of ${formatShape(shape)}: ${why}; choose a larger size, with ${backbone.network.inputShape.at(-1)} channels.`,
  );
}

/**
 * The layers of a trained classifier before its last dense layer.
 * @throws SelvedgeError 'bad-spec' where it has none, or layers before it lead elsewhere
 */
export function backboneOf({ network, parameters, preprocessing }: Model, name: string): Backbone {
  const dense = lastDense(network);
  const fail = (why: string): never => {
    throw new SelvedgeError('bad-spec', `${name} cannot be the first layers of another model: ${why}.`);
  };
  if (!dense) return fail('it has no dense layer before which it could be cut');
  // Entries of the spec are layers, in this order, activations written out apart.
  const entry = network.spec.findLastIndex(({ type }) => type === dense.spec.type);
  const kept = network.spec.slice(0, entry);
  if (kept.length < 2) return fail('nothing comes before its dense layer');
  const cut = buildNetwork(kept);
  if (cut.output.name !== dense.inputs[0]!.name)
    return fail(`its layer ${cut.output.name} does not lead to its last dense layer`);
  return { name, network: cut, parameters: parameters.slice(0, cut.parameterCount), divideBy: preprocessing.divideBy };
}

/** How many features the backbone gives. */
export function featureCount({ network }: Backbone): number {
  return sizeOf(network.outputShape);
}

/** A classifier of the backbone and a dense layer with softmax behind it, or two, with ReLU between them. */
export function withHead(backbone: Backbone, classNames: readonly string[], head: Head, pictures?: PictureForm): Model {
  const { network, parameters, divideBy } = backbone;
  const { hidden } = head;
  const whole = buildNetwork([
    ...network.spec,
    ...(hidden ? [{ type: 'dense', units: hidden.bias.length, activation: 'relu' } as const] : []),
    { type: 'dense', units: classNames.length, activation: 'softmax' },
  ]);
  const all = new Float32Array(whole.parameterCount);
  let at = 0;
  for (const values of [parameters, ...(hidden ? [hidden.kernel, hidden.bias] : []), head.kernel, head.bias]) {
    all.set(values, at);
    at += values.length;
  }
  return {
    network: whole,
    parameters: all,
    classNames,
    preprocessing: { divideBy, reshape: network.inputShape, labels: 'oneHot', ...(pictures && { pictures }) },
  };
}
