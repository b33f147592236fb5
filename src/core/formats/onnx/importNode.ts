import { formatShape, type Shape } from '../../graph/shape.ts';
import { type Layers, refuse, type View } from './importLayers.ts';
import type { Constant } from './tensors.ts';

/** A node's attributes. Those that were not asked for are refused afterwards. */
export interface Attributes {
  int(name: string, absent: number): number;
  float(name: string, absent: number): number;
  text(name: string, absent: string): string;
  ints(name: string): readonly number[] | undefined;
}

/** What an operator sees of its node. */
export interface NodeContext {
  readonly layers: Layers;
  readonly attributes: Attributes;
  readonly opset: number;
  /** Images in a batch, where the graph fixes them. */
  readonly batch: number | undefined;
  /** A name for the node's layer. */
  readonly name: string | undefined;
  readonly inputs: readonly (View | Constant | undefined)[];
  /** The name of an input's value. */
  inputName(i: number): string | undefined;
  /** Whether this node alone reads its input. */
  isOnlyReader(i: number): boolean;
  /** Layers whose bias a node may still add. */
  readonly withoutBias: Set<string>;
  /** Softmax layers by whose temperature the graph divides. */
  readonly temperatures: Map<string, number>;
  /** Sentences for the person who imports. */
  readonly notes: string[];
}

export type Operator = (context: NodeContext) => View;

export function isView(input: View | Constant | undefined): input is View {
  return input !== undefined && 'layer' in input;
}

export function viewOf({ inputs }: NodeContext, i = 0): View {
  const input = inputs[i];
  return isView(input) ? input : refuse(input ? `its input ${i} is a constant` : `its input ${i} is missing`);
}

export function constantOf({ inputs }: NodeContext, i: number): Constant | undefined {
  const input = inputs[i];
  return isView(input) ? refuse(`its input ${i} is computed, but should be a constant`) : input;
}

/** A constant of float32 values of that shape. */
export function floatsOf(context: NodeContext, i: number, dims?: Shape): Float32Array | undefined {
  const constant = constantOf(context, i);
  if (!constant) return undefined;
  if (!(constant.values instanceof Float32Array)) return refuse(`its input ${i} is not of float32 values`);
  if (dims && formatShape(constant.dims) !== formatShape(dims)) {
    refuse(`its input ${i} has the shape ${formatShape(constant.dims)}, but should have ${formatShape(dims)}`);
  }
  return constant.values;
}

/** A constant list of whole numbers, or the attribute that had it in older versions. */
export function integersOf(context: NodeContext, i: number, attribute: string): readonly number[] | undefined {
  const constant = constantOf(context, i);
  if (!constant) return context.attributes.ints(attribute);
  return constant.values instanceof Float32Array ? refuse(`its input ${i} is not of whole numbers`) : constant.values;
}

export function scalarOf(context: NodeContext, i: number): number | undefined {
  const constant = constantOf(context, i);
  if (!constant) return undefined;
  return constant.values.length === 1 ? constant.values[0]! : refuse(`its input ${i} is not one number`);
}

/** The shortest decimal that is the same float32. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** Axes without the batch, which they must leave alone. */
export function withoutBatch(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => {
    const place = axis < 0 ? axis + rank : axis;
    if (!(place > 0 && place < rank)) refuse(`it works along axis ${axis} of ${rank}, which is the batch or none`);
    return place - 1;
  });
}
