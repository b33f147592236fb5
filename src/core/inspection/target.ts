import type { Preprocessing } from '../data/preprocessing.ts';
import type { Engine } from '../engine/start.ts';
import type { Layer } from '../graph/layer.ts';
import { traitsOf } from '../graph/layers/index.ts';
import type { Network } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';

/** The inspected network with its weights, the same network untrained, and an engine to run them. */
export interface InspectionTarget {
  readonly network: Network;
  /** float32 in spec order. */
  readonly parameters: Float32Array;
  /** The control: the same network before training. */
  readonly untrained: Float32Array;
  readonly preprocessing: Preprocessing;
  readonly engine: Engine;
  readonly threads: number;
  /** The layers that are looked at; all by default. */
  readonly layers?: LayerChoice | undefined;
}

/** The layers of a network that an inspection looks at, by name. */
export interface LayerChoice {
  /** The names that were given; left out where the choice is the default. */
  readonly given?: readonly string[];
  /** Measured along the depth, input and output among them. */
  readonly measured: readonly string[];
  /** Those whose maps are analysed and ablated one by one. */
  readonly maps: readonly string[];
  /** The convolutions at which maps of evidence are computed. */
  readonly explained: readonly string[];
}

/** Reports progress: a share from 0 to 1, and the current step. */
export type OnProgress = (share: number, doing: string) => void;

/** A layer along the depth: one that does not pass on its input unchanged at inference. */
export interface DepthLayer {
  readonly layer: Layer;
  /** Whether no output can be below 0, given an input from 0 to 1. */
  readonly nonNegative: boolean;
  /** Whether the output is a ReLU's. */
  readonly afterRelu: boolean;
}

/** The layers that are measured, input first, in execution order: those that pass on their input unchanged are left out. */
export function depthOf(network: Network, choice?: LayerChoice): readonly DepthLayer[] {
  const nonNegative = new Map<Layer, boolean>();
  return network.execution.flatMap((layer) => {
    const { outputSign, identityAtInference, activation } = traitsOf(layer.spec);
    const { inputs } = layer;
    const own =
      outputSign === 'asInput' ? inputs.every((input) => nonNegative.get(input)) : outputSign === 'nonNegative';
    nonNegative.set(layer, own);
    if (identityAtInference && inputs.length > 0) return [];
    if (choice && !choice.measured.includes(layer.name)) return [];
    return [{ layer, nonNegative: own, afterRelu: activation === 'rectifier' }];
  });
}

/** A network whose layers have more values for one image is large. */
const mostValues = 750_000;

/** Whether inspecting every layer with the usual samples would take very long. */
export function isLarge(network: Network): boolean {
  return depthOf(network).reduce((sum, { layer }) => sum + sizeOf(layer.outputShape), 0) > mostValues;
}

export function namesOf(depth: readonly DepthLayer[]): string[] {
  return depth.map(({ layer }) => layer.name);
}
