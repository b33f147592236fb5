import type { Preprocessing } from '../data/preprocessing.ts';
import type { Engine } from '../engine/start.ts';
import type { Network } from '../graph/graph.ts';
import type { Layer } from '../graph/layer.ts';

/** What is inspected: a network with its weights, the same network untrained, and an engine to run them. */
export interface Subject {
  readonly network: Network;
  /** float32 in spec order. */
  readonly parameters: Float32Array;
  /** The control: the same network before training. */
  readonly untrained: Float32Array;
  readonly preprocessing: Preprocessing;
  readonly engine: Engine;
  readonly threads: number;
}

/** How a part of an inspection tells how far it is: a share from 0 to 1, and what it is doing. */
export type OnProgress = (share: number, doing: string) => void;

/** A layer along the depth: one whose output differs from its input when nothing is dropped. */
export interface DepthLayer {
  readonly layer: Layer;
  /** Whether no output can be below 0, given an input from 0 to 1. */
  readonly nonNegative: boolean;
  /** Whether the output is a ReLU's. */
  readonly afterRelu: boolean;
}

/** The layers worth measuring, input first: dropout and flatten hand on what they get, so they are left out. */
export function depthOf(network: Network): readonly DepthLayer[] {
  let nonNegative = true;
  return network.layers.flatMap((layer) => {
    const { type } = layer.spec;
    if (type === 'conv2d' || type === 'dense') nonNegative = false;
    if (type === 'relu' || type === 'softmax') nonNegative = true;
    if (type === 'dropout' || type === 'flatten') return [];
    return [{ layer, nonNegative, afterRelu: type === 'relu' }];
  });
}
