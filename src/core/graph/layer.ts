import type { Step } from '../engine/program.ts';
import type { OptionCheck } from './options.ts';
import type { Shape } from './shape.ts';
import type { LayerSpec } from './spec.ts';
import type { LayerTraits } from './traits.ts';

/** How a parameter begins: Glorot & Bengio 2010, uniform on ±√(6 ÷ (fanIn + fanOut)), or zeros. */
export type InitialValue =
  | { readonly type: 'zeros' }
  | { readonly type: 'glorotUniform'; readonly fanIn: number; readonly fanOut: number };

export interface ParameterDefinition {
  readonly name: 'kernel' | 'bias';
  readonly shape: Shape;
  readonly initial: InitialValue;
}

/** A parameter's place in the three flat arrays (values, gradients, optimiser state), in floats. */
export interface Parameter {
  /** `<layer>/kernel` or `<layer>/bias`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initial: InitialValue;
  readonly offset: number;
  readonly size: number;
}

export interface Layer<S extends LayerSpec = LayerSpec> {
  readonly name: string;
  readonly spec: S;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
}

/** What a layer sees when it adds its steps to a plan. Addresses are bytes in the engine's memory. */
export interface LayerContext<S extends LayerSpec> {
  /** The layers of this stage: one, or several that are fused; `layer` is the first. */
  readonly layers: readonly Layer[];
  readonly layer: Layer<S>;
  /** Images of a micro-batch, M. */
  readonly microBatch: number;
  readonly dropout: boolean;
  /** Whether the parameters' gradients are wanted. */
  readonly parameterGradients: boolean;
  /** Activations, [M, …shape]. */
  readonly x: number;
  readonly y: number;
  /** Gradients of the loss; 0 where nobody needs them. */
  readonly dx: number;
  readonly dy: number;
  /** Each image's index in the data set, uint32, in the staging area; `moving` when used as an argument. */
  readonly samples: number;
  /** Seed (two uint32) and step (uint32): see `dropoutMask`. */
  readonly randomContext: number;
  /** A layer's number among all layers: its stream of random numbers. */
  indexOf(layer: Layer): number;
  parameter(name: ParameterDefinition['name']): number;
  gradient(name: ParameterDefinition['name']): number;
  /** Something computed from the weights, by `steps`, whenever they change; made once however many plans want it. */
  derived(name: string, bytes: number, steps: (address: number) => readonly StepOf[]): number;
  /** A buffer of this layer's; the same name gives the same buffer, forward and backward. */
  buffer(name: string, bytesPerImage: number): number;
  fixedBuffer(name: string, bytes: number): number;
  /** Says that a kernel of this stage needs so much of its thread's own memory. */
  scratch(bytes: number): void;
  /** Adds a step that runs for every micro-batch. */
  emit(step: StepOf): void;
  /** Adds a step that runs once before the first micro-batch of a batch, or once after the last. */
  before(step: StepOf): void;
  after(step: StepOf): void;
}

export type StepOf = Omit<Step, 'owner'>;

/** How layers become steps. */
export interface StageDefinition<S extends LayerSpec = LayerSpec> {
  forward?(context: LayerContext<S>): void;
  backward?(context: LayerContext<S>): void;
}

/** All that the rest of the program knows of a type of layer. */
export interface LayerDefinition<S extends LayerSpec> extends StageDefinition<S> {
  readonly options: { readonly [K in Exclude<keyof S, 'type' | 'name'>]-?: OptionCheck };
  readonly required: readonly Exclude<keyof S, 'type' | 'name'>[];
  /** The shape that comes out, or what shape is needed where this one does not fit. */
  outputShape(spec: S, input: Shape): Shape | { readonly needs: string };
  parameters?(spec: S, input: Shape): readonly ParameterDefinition[];
  traits(spec: S): LayerTraits;
  /** Multiply-adds per image, forward; 0 where nothing is said. */
  multiplyAdds?(spec: S, input: Shape, output: Shape): number;
  /** Whether the layer passes its input on as it is, so that it needs no steps and no memory. */
  passesThrough(spec: S, dropout: boolean): boolean;
}
