import { SelvedgeError } from '../../errors.ts';
import { formatShape, type Shape } from '../../graph/shape.ts';
import { foldIntegers, type Integers } from './foldIntegers.ts';
import { createLayers, type Layers, pictureView, plainView, refuse, type View } from './importLayers.ts';
import { type Attributes, isView, type NodeContext } from './importNode.ts';
import { importOperator } from './importOperators.ts';
import { type AttributeProto, dataTypes, type GraphProto, type NodeProto, type ValueInfoProto } from './messages.ts';
import { type Constant, nameOf, readTensor } from './tensors.ts';

/** Networks of this program's layers are far smaller; the time that building one takes grows with the square. */
const mostNodes = 4096;
const mostInAxis = 2 ** 24;

export interface ImportedGraph {
  readonly layers: Layers;
  /** The layer that puts out the probabilities. */
  readonly temperature: number;
  readonly notes: readonly string[];
}

export interface GraphOptions {
  readonly opset: number;
  /** Whether values have the names of layers. */
  readonly isOwn: boolean;
  /** Called with the input's layer; returns the layer that the graph's nodes read instead. */
  readonly afterInput: (layers: Layers) => string;
}

interface Input {
  readonly name: string;
  /** Without the batch. */
  readonly dims: Shape;
  readonly batch: number | undefined;
}

function inputOf(graph: GraphProto, constants: ReadonlyMap<string, unknown>): Input {
  const inputs = (graph.input ?? []).filter(({ name = '' }) => !constants.has(name));
  const [input] = inputs as [ValueInfoProto];
  if (inputs.length !== 1) refuse(`its graph has ${inputs.length} inputs, but a network has one`);
  const { elemType, shape } = input.type?.tensorType ?? {};
  if (elemType !== dataTypes.float && elemType !== dataTypes.uint8) {
    refuse(`its input ${input.name} is of the data type ${nameOf(elemType)}, not float32 or uint8`);
  }
  const [batch, ...axes] = shape?.dim ?? [];
  const dims = axes.map(({ dimValue = 0 }) => dimValue);
  const shown = formatShape([
    batch?.dimValue ?? batch?.dimParam ?? '?',
    ...axes.map((a) => a.dimValue ?? '?'),
  ] as number[]);
  if (dims.length === 0 || dims.length > 3 || !dims.every((n) => n > 0 && n <= mostInAxis)) {
    refuse(
      `its input ${input.name} has the shape ${shown}; pictures need a fixed height, width and number of channels`,
    );
  }
  return { name: input.name ?? '', dims, batch: batch?.dimValue };
}

/** The input's layer and how the graph reads it: with the channels last where a node moves them to the front. */
function inputLayer(graph: GraphProto, { name, dims }: Input): { readonly shape: Shape; readonly isLast: boolean } {
  const [a, b, c] = dims as [number, number, number];
  if (dims.length === 1) return { shape: dims, isLast: true };
  if (dims.length === 2) return { shape: [a, b, 1], isLast: true };
  let value = name;
  const unchanged = ['Cast', 'Identity', 'Div', 'Mul', 'Add', 'Pad'];
  const readerOf = (read: string) => (graph.node ?? []).find(({ input = [] }) => input.includes(read));
  let reader = readerOf(value);
  for (let i = 0; reader && unchanged.includes(reader.opType ?? '') && i < unchanged.length; i++) {
    value = reader.output?.[0] ?? '';
    reader = readerOf(value);
  }
  const isPicture = (channels: number) => channels === 1 || channels === 3;
  const isFlattened = ['Reshape', 'Flatten', 'Squeeze'].includes(reader?.opType ?? '');
  const perm = reader?.opType === 'Transpose' ? formatShape(reader.attribute?.[0]?.ints ?? []) : '';
  const isLast = perm === formatShape([0, 3, 1, 2]) || (isFlattened && isPicture(c) && !isPicture(a));
  return isLast ? { shape: dims, isLast } : { shape: [b, c, a], isLast };
}

function attributesOf(list: readonly AttributeProto[]): Attributes & { readonly unread: () => string[] } {
  const read = new Set<string>();
  const find = (name: string) => {
    read.add(name);
    return list.find((attribute) => attribute.name === name);
  };
  const text = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return {
    // A field of its default value need not be written.
    int: (name, absent) => (find(name) ? (find(name)!.i ?? 0) : absent),
    float: (name, absent) => (find(name) ? (find(name)!.f ?? 0) : absent),
    text: (name, absent) => (find(name) ? text(find(name)!.s ?? new Uint8Array(0)) : absent),
    ints: (name) => (find(name) ? (find(name)!.ints ?? []) : undefined),
    unread: () => list.map(({ name = '' }) => name).filter((name) => !read.has(name)),
  };
}

/** The value of a node of type Constant. */
function constantNode(node: NodeProto): Constant {
  const [attribute, ...others] = node.attribute ?? [];
  const { name, t, i, f, ints, floats } = attribute ?? {};
  if (others.length > 0) refuse('it has several values');
  if (name === 'value' && t) return readTensor(t, 'its value');
  if (name === 'value_int') return { dims: [], values: [i ?? 0] };
  if (name === 'value_ints') return { dims: [ints?.length ?? 0], values: ints ?? [] };
  if (name === 'value_float') return { dims: [], values: Float32Array.of(f ?? 0) };
  if (name === 'value_floats') return { dims: [floats?.length ?? 0], values: Float32Array.from(floats ?? []) };
  return refuse(`it has ${name ? `the value ${name}` : 'no value'}, which is not read`);
}

/** The nodes that the output needs, in the order of the list. */
function neededNodes(nodes: readonly NodeProto[], output: string): ReadonlySet<NodeProto> {
  const writers = new Map(nodes.flatMap((node) => (node.output ?? []).map((name) => [name, node] as const)));
  const needed = new Set<NodeProto>();
  const left = [output];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const writer = writers.get(name);
    if (!writer || needed.has(writer)) continue;
    needed.add(writer);
    left.push(...(writer.input ?? []));
  }
  return needed;
}

/**
 * Turns a graph into layers with their parameters.
 * @throws SelvedgeError 'bad-model' with a phrase for the middle of a sentence that names the node
 */
export function importGraph(graph: GraphProto, { opset, isOwn, afterInput }: GraphOptions): ImportedGraph {
  const nodes = graph.node ?? [];
  if (nodes.length > mostNodes) refuse(`its graph has ${nodes.length} nodes, more than ${mostNodes}`);
  const constants = new Map<string, Constant>();
  for (const tensor of graph.initializer ?? []) {
    constants.set(tensor.name ?? '', readTensor(tensor, `initializer ${tensor.name}`));
  }
  const input = inputOf(graph, constants);
  const outputs = (graph.output ?? []).map(({ name = '' }) => name);
  const [output] = outputs as [string];
  if (outputs.length !== 1) refuse(`its graph has ${outputs.length} outputs, but a network has one`);

  const { shape, isLast } = inputLayer(graph, input);
  const layers = createLayers(shape);
  const first = afterInput(layers);
  const values = new Map<string, View>([
    [input.name, isLast ? plainView(first, input.dims) : pictureView(first, shape)],
  ]);
  const needed = neededNodes(nodes, output);
  const readers = new Map<string, number>([[output, 1]]);
  for (const { input: read = [] } of needed) for (const name of read) readers.set(name, (readers.get(name) ?? 0) + 1);
  const shared = { layers, opset, batch: input.batch, withoutBias: new Set<string>(), notes: [] as string[] };
  const temperatures = new Map<string, number>();

  /** One node: a value, or a constant that follows from constants. */
  function read(node: NodeProto): void {
    const { opType = '', domain = '', input: names = [], output: [written = ''] = [] } = node;
    if (domain !== '' && domain !== 'ai.onnx') refuse(`its operator belongs to ${domain}, of which nothing is read`);
    const attributes = attributesOf(node.attribute ?? []);
    if (opType === 'Constant') {
      constants.set(written, constantNode(node));
      return;
    }
    const inputs = names.map((name) => {
      if (name === '') return undefined;
      const known = constants.get(name) ?? values.get(name);
      return (
        known ??
        refuse(
          `it reads ${name}, which no node before it puts out; the graph has a cycle or its nodes are not in order`,
        )
      );
    });
    const folded =
      opType === 'Shape'
        ? shapeOf(inputs[0], input.batch)
        : inputs.every((one): one is Integers => one !== undefined && !isView(one) && Array.isArray(one.values))
          ? foldIntegers(opType, inputs, attributes)
          : undefined;
    if (folded) {
      constants.set(written, folded);
      return;
    }
    const operator = importOperator(opType);
    if (!operator) refuse('no layer stands for this operator');
    const context: NodeContext = {
      ...shared,
      temperatures,
      attributes,
      name: isOwn ? written : undefined,
      inputs,
      inputName: (i) => names[i],
      isOnlyReader: (i) => readers.get(names[i] ?? '') === 1,
    };
    values.set(written, operator(context));
    const [unknown] = attributes.unread();
    if (unknown !== undefined) refuse(`its attribute ${unknown} is not known`);
  }

  for (const [i, node] of nodes.entries()) {
    if (!needed.has(node)) continue;
    try {
      read(node);
    } catch (error) {
      if (!(error instanceof SelvedgeError)) throw error;
      const name = node.name || node.output?.[0] || `number ${i + 1}`;
      refuse(`node ${name} (${node.opType}): ${error.message.replace(/\.$/, '')}`);
    }
  }
  const result = values.get(output) ?? refuse(`no node puts out ${output}, the graph's output`);
  return { layers, notes: shared.notes, temperature: finish(layers, result, temperatures, shared.notes) };
}

function shapeOf(of: View | Constant | undefined, batch: number | undefined): Integers {
  if (of === undefined) return refuse('it lacks its input');
  const values = isView(of) ? [batch ?? -1, ...of.dims] : of.dims;
  return { dims: [values.length], values };
}

/** Adds softmax where the graph ends without; returns the temperature by which it divides. */
function finish(layers: Layers, result: View, temperatures: ReadonlyMap<string, number>, notes: string[]): number {
  const isInput = result.layer === layers.inputName;
  const divisor = isInput ? 1 : (result.divisor ?? 1);
  const last = layers.inOrder(isInput ? result : { ...result, divisor: 1 });
  if (last === undefined || result.dims.length !== 1) {
    return refuse(`its output has the shape ${formatShape(['N', ...result.dims] as number[])}, not [N, classes]`);
  }
  const spec = layers.found.find(({ name }) => name === last)!.spec;
  const [other] = [...temperatures].filter(([name]) => name !== last);
  if (other) refuse(`the values that layer ${other[0]} reads are divided by ${other[1]}, which no layer does`);
  if (spec.type === 'softmax') return (temperatures.get(last) ?? 1) * divisor;
  layers.add({ type: 'softmax' }, [last]);
  notes.push('The file puts out logits; softmax was added, so that the model puts out probabilities.');
  return divisor;
}
