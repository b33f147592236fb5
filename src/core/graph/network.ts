import { SelvedgeError } from '../errors.ts';
import type { Layer, Parameter } from './layer.ts';
import { definitionOf } from './layers/index.ts';
import { whiteningProblem } from './patchWhitening.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';
import type { Activation, InputSpec, LayerSpec } from './spec.ts';

/** A graph of layers: every layer named, every shape inferred, every parameter placed. */
export interface Network {
  /** As it was written, short forms and all. */
  readonly spec: readonly LayerSpec[];
  /** In the order of the list, activations written out as layers. Parameters and random streams follow this order. */
  readonly layers: readonly Layer[];
  /** In an order in which every layer comes after those that it reads. */
  readonly execution: readonly Layer[];
  readonly inputShape: Shape;
  readonly output: Layer;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
}

/** A layer of the list with a name, and the names of those that it reads. */
interface Node {
  readonly name: string;
  readonly spec: LayerSpec;
  readonly inputs: readonly string[];
}

function fail(message: string): never {
  throw new SelvedgeError('bad-spec', message);
}

/** Writes activations out as layers, names every layer, and resolves what each reads. */
function writeOut(spec: readonly LayerSpec[]): Node[] {
  const counts = new Map<string, number>();
  const named = (layer: LayerSpec): LayerSpec & { readonly name: string } => {
    const n = (counts.get(layer.type) ?? 0) + 1;
    counts.set(layer.type, n);
    return { ...layer, name: layer.name ?? (layer.type === 'input' ? 'input' : `${layer.type}_${n}`) };
  };
  const entries = spec.map((entry) => {
    const { activation, ...rest } = entry as LayerSpec & { readonly activation?: Activation };
    const layer = named(rest as LayerSpec);
    return { layer, activated: activation && named({ type: activation }) };
  });
  // As an input, the name of an entry means the output of its activation.
  const outputs = new Map(entries.map(({ layer, activated }) => [layer.name, (activated ?? layer).name]));
  return entries.flatMap(({ layer, activated }, i): Node[] => {
    const before = i > 0 && layer.type !== 'input' ? [entries[i - 1]!.layer.name] : [];
    const inputs = (layer.inputs ?? before).map((input) => outputs.get(input) ?? input);
    const node = { name: layer.name, spec: layer.inputs ? { ...layer, inputs } : layer, inputs };
    return activated ? [node, { name: activated.name, spec: activated, inputs: [layer.name] }] : [node];
  });
}

function checkInputs(nodes: readonly Node[]): void {
  const names = new Set<string>();
  for (const [i, { name, spec, inputs }] of nodes.entries()) {
    if (spec.type === 'input' && i > 0) {
      fail(`Layer ${name} is a second input; only the first layer is of type input.`);
    }
    if (spec.type === 'input' && inputs.length > 0)
      fail(`Layer ${name} is the network's input, so it cannot read others.`);
    if (names.has(name)) fail(`Two layers are called ${name}; give one of them another name.`);
    names.add(name);
    const { joins } = definitionOf(spec);
    if (joins && inputs.length < 2) {
      fail(`Layer ${name} (${spec.type}) joins several layers, so it needs "inputs" with two names or more.`);
    }
    if (!joins && inputs.length > 1) {
      fail(`Layer ${name} (${spec.type}) reads one layer, but its inputs are ${inputs.join(', ')}.`);
    }
  }
  for (const { name, inputs } of nodes) {
    if (inputs.includes(name)) fail(`Layer ${name} reads itself.`);
    const unknown = inputs.find((input) => !names.has(input));
    if (unknown !== undefined) fail(`Layer ${name} reads ${unknown}, but no layer is called that.`);
  }
}

/** The names of nodes that read each other, of nodes that all read another of them: layers that no other reads are dropped. */
function cycleIn(nodes: readonly Node[]): string[] {
  const read = nodes.filter(({ name }) => nodes.some(({ inputs }) => inputs.includes(name)));
  return read.length < nodes.length ? cycleIn(read) : read.map(({ name }) => name);
}

/** The nodes in an order in which each comes after those that it reads; of several that could be next, the first in the list. */
function inExecutionOrder(nodes: readonly Node[]): Node[] {
  const done = new Set<string>();
  const order: Node[] = [];
  let left = nodes;
  while (left.length > 0) {
    const next = left.find(({ inputs }) => inputs.every((input) => done.has(input)));
    if (!next) {
      return fail(`The layers ${cycleIn(left).join(', ')} read each other in a cycle.`);
    }
    done.add(next.name);
    order.push(next);
    left = left.filter((node) => node !== next);
  }
  return order;
}

/** The layer that no other reads. */
function outputOf(nodes: readonly Node[]): string {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const ends = nodes.filter(({ name }) => !read.has(name)).map(({ name }) => name);
  if (ends.length > 1) {
    const unused = ends.slice(0, -1).join(', ');
    fail(`No layer reads ${unused}, and a network has one output, here ${ends.at(-1)}; remove or connect ${unused}.`);
  }
  return ends[0]!;
}

/** @param known the shapes of the layers that this one reads */
function shapesOf({ name, spec, inputs }: Node, known: ReadonlyMap<string, { readonly output: Shape }>) {
  const { joins, outputShape } = definitionOf(spec);
  const given = inputs.map((input) => known.get(input)!.output);
  const output = outputShape(spec, ...given);
  if (!('needs' in output)) return { input: given[0] ?? output, output };
  const [needs, gets] = joins
    ? ['inputs', inputs.map((input, i) => `${formatShape(given[i]!)} from ${input}`).join(', ')]
    : ['an input', formatShape(given[0]!)];
  return fail(`Layer ${name} (${spec.type}) needs ${needs} of shape ${output.needs}, but gets ${gets}.`);
}

/**
 * Builds a network from its spec.
 * @throws SelvedgeError 'bad-spec' naming the layer: shapes that do not fit, unknown inputs, cycles, several outputs
 */
export function buildNetwork(spec: readonly LayerSpec[]): Network {
  if (spec[0]?.type !== 'input') {
    fail(
      'A network begins with a layer of type input that gives the shape of one image, such as {"type": "input", "shape": [28, 28, 1]}.',
    );
  }
  const nodes = writeOut(spec);
  checkInputs(nodes);
  const order = inExecutionOrder(nodes);
  const output = outputOf(nodes);

  const shapes = new Map<string, { readonly input: Shape; readonly output: Shape }>();
  for (const node of order) shapes.set(node.name, shapesOf(node, shapes));

  let offset = 0;
  const place = ({ name, spec: own }: Node): Parameter[] =>
    (definitionOf(own).parameters?.(own, shapes.get(name)!.input) ?? []).map((definition) => {
      const placed = { ...definition, name: `${name}/${definition.role}`, offset, size: sizeOf(definition.shape) };
      offset += placed.size;
      return placed;
    });
  const parameters = new Map(nodes.map((node) => [node.name, place(node)]));

  const built = new Map<string, Layer>();
  for (const node of order) {
    const { name, spec: own, inputs } = node;
    built.set(name, {
      name,
      spec: own,
      index: nodes.indexOf(node),
      inputs: inputs.map((input) => built.get(input)!),
      inputShape: shapes.get(name)!.input,
      outputShape: shapes.get(name)!.output,
      parameters: parameters.get(name)!,
    });
  }
  const layers = nodes.map(({ name }) => built.get(name)!);
  for (const layer of layers) {
    const problem = whiteningProblem(layer);
    if (problem !== null) fail(`Layer ${layer.name} (${layer.spec.type}): ${problem}.`);
  }
  return {
    spec,
    layers,
    execution: order.map(({ name }) => built.get(name)!),
    inputShape: spec[0].shape,
    output: built.get(output)!,
    outputShape: built.get(output)!.outputShape,
    parameters: layers.flatMap((layer) => layer.parameters),
    parameterCount: offset,
  };
}

/**
 * The same layers for images of another shape.
 * @throws SelvedgeError 'bad-spec' where they do not fit it
 */
export function networkForShape({ spec: [input, ...others] }: Network, shape: Shape): Network {
  return buildNetwork([{ ...(input as InputSpec), shape }, ...others]);
}

/** The layer of a name. */
export function layerOf(network: Network, name: string): Layer {
  const found = network.layers.find((layer) => layer.name === name);
  if (!found) throw new SelvedgeError('bad-spec', `The network has no layer ${name}.`);
  return found;
}

/** The layers that read a layer's output. */
export function readersOf(network: Network, layer: Layer): readonly Layer[] {
  return network.layers.filter(({ inputs }) => inputs.includes(layer));
}

/** The layers and all that their outputs depend on, back to `start`, which is among them. */
export function dependenciesOf(layers: readonly Layer[], start?: Layer): ReadonlySet<Layer> {
  const found = new Set<Layer>(start ? [start] : []);
  const left = [...layers];
  for (let layer = left.pop(); layer; layer = left.pop()) {
    if (found.has(layer)) continue;
    found.add(layer);
    left.push(...layer.inputs);
  }
  return found;
}

/** Whether a network's output follows from this layer's output alone. */
export function followsFrom({ execution, output }: Network, layer: Layer): boolean {
  return !dependenciesOf([output], layer).has(execution[0]!) || layer === execution[0];
}

/**
 * Checks that a network is a classifier: it ends with softmax over as many values as there are classes.
 * @throws SelvedgeError 'bad-spec'
 */
export function requireClassifier({ output }: Network, classes: number): void {
  if (definitionOf(output.spec).traits(output.spec).activation !== 'probabilities') {
    fail(`A classifier ends with a softmax layer, but the last layer, ${output.name}, is of type ${output.spec.type}.`);
  }
  if (output.outputShape[0] !== classes) {
    fail(
      `Layer ${output.name} has the output shape ${formatShape(output.outputShape)}, but the data set has ${classes} classes: [${classes}].`,
    );
  }
}

/** A classifier's logits: what its last layer, softmax, reads. */
export function logitsOf({ output }: Network): Layer {
  return output.inputs[0]!;
}
