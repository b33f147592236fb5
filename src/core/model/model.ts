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
