import type { Preprocessing } from '../data/preprocessing.ts';
import type { Network } from '../graph/network.ts';
import type { ReliabilityMetadata } from './reliability.ts';

/** A classifier: its network, its weights, and what one must know to use it. */
export interface Model {
  readonly network: Network;
  /** float32 in spec order. */
  readonly parameters: Float32Array;
  readonly classNames: readonly string[];
  readonly preprocessing: Preprocessing;
  /** From a validation split; missing without one. */
  readonly reliability?: ReliabilityMetadata;
}

/** One network and its weights among those of an ensemble. */
export type Member = Pick<Model, 'network' | 'parameters'>;

/** Several networks whose probabilities are averaged, each with the same weight. */
export interface Ensemble extends Omit<Model, 'parameters'> {
  /** The first member's, for input and output shapes and the layer of the in-distribution score, which is that of the first member. */
  readonly network: Network;
  /** At least two, with equal input shapes and classes. */
  readonly members: readonly Member[];
}

/** What classifies pictures. */
export type ServableModel = Model | Ensemble;
