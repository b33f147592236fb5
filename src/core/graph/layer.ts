import type { Buffer, Pointer } from '../engine/buffers.ts';
import type { KernelArguments } from '../engine/generatedKernels.ts';
import type { KernelName, Spread } from '../engine/kernelCall.ts';
import type { Initializer } from './initializers.ts';
import type { OptionCheck } from './options.ts';
import type { Shape } from './shape.ts';
import type { LayerCommon, LayerSpec } from './spec.ts';
import type { LayerTraits } from './traits.ts';

export type ParameterRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

export interface ParameterDefinition {
  readonly role: ParameterRole;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** Whether the optimiser changes it; `false` also for state that a layer keeps, which is saved with the model. */
  readonly trainable: boolean;
}

/** A parameter's place in the flat arrays (values, gradients, optimiser state), in floats. */
export interface Parameter extends ParameterDefinition {
  /** `<layer>/<role>` */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** A node of the graph. */
export interface Layer<S extends LayerSpec = LayerSpec> {
  readonly name: string;
  readonly spec: S;
  /** Its place in the list of all layers, from which its random numbers follow. */
  readonly index: number;
  /** The layers whose outputs it reads; none for the network's input. */
  readonly inputs: readonly Layer[];
  /** The first input's shape; the network's own for the input layer. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
}

/** What a layer, or a group of fused layers, sees when it is lowered to kernel calls. M is the size of a micro-batch. */
export interface LoweringContext<S extends LayerSpec> {
  /** The layers of the group: one, or several that are fused; `layer` is the first. */
  readonly layers: readonly Layer[];
  readonly layer: Layer<S>;
  /** M */
  readonly microBatch: number;
  readonly dropout: boolean;
  /** Whether normalisation uses the statistics of the batch; the micro-batch then holds whole groups of images. */
  readonly batchStatistics: boolean;
  /** Whether convolutions may use Winograd's transforms. */
  readonly winograd: boolean;
  /** What the group reads, [M, …shape] each; `x` is the first. */
  readonly xs: readonly Buffer[];
  readonly x: Buffer;
  /** What it puts out, [M, …shape]. */
  readonly y: Buffer;
  /** Each image's index in the data set, uint32, in the staging area: 4 bytes per image. */
  readonly samples: Buffer;
  /** Seed (two uint32) and step (uint32): see the kernel `dropoutMask`. */
  readonly randomContext: Buffer;
  /** Each image's position in the batch, uint32, in the staging area; `noAddress`: that in the micro-batch. */
  readonly positionInBatch: Buffer;
  /** A parameter of the first layer, or of another of the group. */
  parameter(role: ParameterRole, of?: Layer): Pointer;
  /** Something computed from the weights whenever they change; made once, however many plans use it. */
  packedWeights(name: string, bytes: number, pack: (to: Buffer, emit: Emit) => void): Buffer;
  /** A buffer of this group; the same name gives the same buffer, forward and backward. */
  buffer(name: string, bytes: number): Buffer;
  /** The same, but its contents last from one micro-batch to the next. */
  accumulator(name: string, bytes: number): Buffer;
  /** Requests memory of each thread's own. */
  scratch(bytes: number): void;
  /** Adds a call that runs for every micro-batch. */
  readonly emit: Emit;
}

export interface ForwardContext<S extends LayerSpec = LayerSpec> extends LoweringContext<S> {
  /** Whether a backward pass follows. */
  readonly hasBackward: boolean;
  /** Whether the layer has run in a fused group already: what it keeps from step to step must not change again. */
  readonly isRepeated: boolean;
}

export interface BackwardContext<S extends LayerSpec = LayerSpec> extends LoweringContext<S> {
  /** The gradient of the loss by the output. */
  readonly dy: Buffer;
  /** By each input; null where it is not needed. */
  readonly dxs: readonly (Buffer | null)[];
  readonly dx: Buffer | null;
  /** Whether the gradients of this layer's parameters are needed. */
  readonly parameterGradients: boolean;
  gradient(role: ParameterRole): Pointer;
  /** Adds a call that runs once before the first micro-batch of a batch, or once after the last. */
  readonly before: Emit;
  readonly after: Emit;
}

export type Emit = <K extends KernelName>(kernel: K, args: KernelArguments[K], spread: Spread<K>) => void;

/** How layers become kernel calls. */
export interface Lowering<S extends LayerSpec = LayerSpec> {
  forward?(context: ForwardContext<S>): void;
  backward?(context: BackwardContext<S>): void;
  /** Instead of `backward`, where one buffer is the gradient of every input: that buffer, which nothing writes to afterwards. */
  sharedGradient?(context: BackwardContext<S>): Buffer;
}

/** All that the rest of the program knows of a type of layer. */
export interface LayerDefinition<S extends LayerSpec> extends Lowering<S> {
  /** Its row in docs/networks.md; options in brackets may be left out. */
  readonly help: { readonly options: string; readonly shape: string };
  readonly options: { readonly [K in Exclude<keyof S, 'type' | keyof LayerCommon>]-?: OptionCheck };
  readonly required: readonly Exclude<keyof S, 'type' | keyof LayerCommon>[];
  /** Whether it reads two inputs or more; layers that do not say so read one. */
  readonly joins?: true;
  /** The shape that comes out, or a phrase for what is needed where these inputs do not fit. */
  outputShape(spec: S, ...inputs: readonly Shape[]): Shape | { readonly needs: string };
  parameters?(spec: S, input: Shape): readonly ParameterDefinition[];
  traits(spec: S): LayerTraits;
  /** Multiply-adds per image, forward; 0 by default. */
  multiplyAdds?(spec: S, input: Shape, output: Shape): number;
  /** Images that training normalises together: the whole batch or groups of a size. */
  batchGroup?(spec: S): 'batch' | number | null;
  /** Whether the output equals the input, so that the layer needs no calls and no memory. */
  isIdentity(spec: S, dropout: boolean): boolean;
  /** The layer in plain TypeScript and float64: the oracle for the kernels, and their documentation. */
  reference(pass: ReferenceInput<S>): ReferencePass;
}

/** Plain numbers: the reference works in float64 whatever it is given. */
export type Numbers = ArrayLike<number>;

export interface ReferenceInput<S extends LayerSpec = LayerSpec> {
  readonly layer: Layer<S>;
  /** How many images. */
  readonly N: number;
  /** [N, …inputShape] each; `x` is the first. */
  readonly xs: readonly Numbers[];
  readonly x: Numbers;
  /** In the order of the definition. */
  readonly parameters: readonly Numbers[];
  /** Dropout's mask, [N, …]; without it dropout passes everything on. */
  readonly kept?: ArrayLike<boolean> | undefined;
  /** Whether normalisation uses the statistics of the batch. */
  readonly batchStatistics: boolean;
}

/** A layer's results for one batch, computed when they are asked for. dy is the gradient of the output. */
export interface ReferencePass {
  forward(): Float64Array;
  inputGradients(dy: Numbers): readonly Float64Array[];
  parameterGradients?(dy: Numbers): readonly Float64Array[];
}
