import type { Shape } from '../../graph/shape.ts';
import { type AttributeProto, attributeTypes, type NodeProto, type TensorProto } from './messages.ts';
import { floatTensor, integerTensor } from './tensors.ts';

/** Collects a graph's nodes and initializers. */
export interface GraphBuilder {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  /** Adds a node, named after its output; returns `output`. */
  node(opType: string, inputs: readonly string[], output: string, attributes?: readonly AttributeProto[]): string;
  /** Adds initializers, and returns their names. */
  floats(name: string, dims: Shape, values: Float32Array): string;
  integers(name: string, values: readonly number[]): string;
  /** One for all uses: the absent scale or offset of a normalisation. Readers know it by this name. */
  filled(value: 0 | 1, length: number): string;
  /** A scalar, one for all uses. */
  scalar(value: number): string;
}

/** The name of a vector that stands for an absent scale or offset. */
export function filledName(value: 0 | 1, length: number): string {
  return `${value === 0 ? 'zeros' : 'ones'}/${length}`;
}

export function createGraphBuilder(): GraphBuilder {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const keep = (tensor: TensorProto) => {
    initializers.set(tensor.name!, tensor);
    return tensor.name!;
  };
  return {
    nodes,
    get initializers() {
      return [...initializers.values()];
    },
    node(opType, input, output, attribute = []) {
      nodes.push({ input, output: [output], name: `${output}/${opType}`, opType, attribute });
      return output;
    },
    floats: (name, dims, values) => keep(floatTensor(name, dims, values)),
    integers: (name, values) => keep(integerTensor(name, values)),
    filled: (value, length) =>
      keep(floatTensor(filledName(value, length), [length], new Float32Array(length).fill(value))),
    scalar: (value) => keep(floatTensor(`scalar/${value}`, [], Float32Array.of(value))),
  };
}

export function whole(name: string, i: number): AttributeProto {
  return { name, i, type: attributeTypes.int };
}

export function decimal(name: string, f: number): AttributeProto {
  return { name, f, type: attributeTypes.float };
}

export function integers(name: string, ints: readonly number[]): AttributeProto {
  return { name, ints, type: attributeTypes.ints };
}

/** Whether a picture [H, W, C] has its values in the same order with the channels first. */
export function hasOneOrder([H, W, C]: Shape): boolean {
  return C === 1 || H! * W! === 1;
}

/** The shape of a value in the graph: a picture's with the channels first. */
export function channelsFirst(shape: Shape): Shape {
  return shape.length === 3 ? [shape[2]!, shape[0]!, shape[1]!] : shape;
}
