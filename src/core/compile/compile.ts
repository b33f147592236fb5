import {
  at,
  type Buffer,
  float,
  noAddress,
  type Pointer,
  persistentBuffer,
  transientBuffer,
} from '../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../engine/kernelCall.ts';
import type { Emit, Layer, LoweringContext, ParameterRole } from '../graph/layer.ts';
import { definitionOf } from '../graph/layers/index.ts';
import { dependenciesOf, layerOf, type Network } from '../graph/network.ts';
import { sizeOf } from '../graph/shape.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { type Group, type GroupLowering, groupsOf } from './fusion.ts';
import type { ParameterSet } from './parameterSet.ts';

export interface CompileOptions {
  readonly parameters: ParameterSet;
  /** The layers whose outputs are needed, by name. */
  readonly outputs: readonly string[];
  /** Begins at this layer's output instead of at the network's input. */
  readonly from?: string;
  /** Images that run at once, M. */
  readonly microBatch: number;
  /** Whether layers are fused where the table of rules allows it; true by default. */
  readonly fuse?: boolean;
  /**
   * Whether convolutions may use Winograd's transforms. Their rounding differs from place to place, so that equal values come out
   * unequal and max pooling's ties fall anywhere: what looks inside does without. By default where layers are fused.
   */
  readonly winograd?: boolean;
  /** Whether normalisation uses the statistics of the micro-batch, which is then a whole batch or whole groups; false by default. */
  readonly batchStatistics?: boolean;
  /** What dropout draws with; without it dropout is off. */
  readonly dropout?: RandomInput | undefined;
  /** Each image's position in the batch, uint32, one per slot of the staging area; by default that in the micro-batch. */
  readonly positionInBatch?: Buffer;
  /** Where the backward pass begins: at the gradient of this layer's output. Without it there is none. */
  readonly backwardFrom?: string;
  /** The layers whose outputs' gradients are needed, by name. */
  readonly gradientsOf?: readonly string[];
  /** Whether backward computes the gradients of trainable parameters; true by default. */
  readonly parameterGradients?: boolean;
  /** What lasts from a batch's first micro-batch to its last, by layer and name: shared by networks that never run in the same batch. */
  readonly accumulators?: Map<string, Buffer>;
}

export interface RandomInput {
  /** Each image's index in the data set, uint32, one per slot of the staging area. */
  readonly samples: Buffer;
  /** Seed (two uint32) and step (uint32). */
  readonly context: Buffer;
}

/** A network as lists of kernel calls. Nothing has an address yet. */
export interface CompiledNetwork {
  readonly microBatch: number;
  /** float32 [M, …inputShape] */
  readonly input: Buffer;
  readonly forward: readonly KernelCall[];
  readonly backward: readonly KernelCall[];
  /** Once before the first micro-batch of a batch, and once after the last. */
  readonly before: readonly KernelCall[];
  readonly after: readonly KernelCall[];
  /** What a kernel needs of its thread's own memory, at most. */
  readonly scratchBytes: number;
  /** A requested layer's output, float32 [M, …outputShape]. */
  output(name: string): Buffer;
  /** Its gradient: of the layer where backward begins, or of one in `gradientsOf`. */
  gradient(name: string): Buffer;
}

/**
 * Lowers a network, or the part of it that the requested outputs need, to kernel calls. A kernel follows from the graph
 * alone, never from what else is requested, so a layer's bits do not depend on it: the output of a layer inside a fused
 * group is computed beside the group.
 * @throws SelvedgeError 'bad-spec' for a layer that does not exist
 */
export function compile(network: Network, options: CompileOptions): CompiledNetwork {
  const { parameters, microBatch, fuse = true, winograd = fuse, dropout, parameterGradients = true } = options;
  const { accumulators = new Map<string, Buffer>() } = options;
  const requested = [...options.outputs, ...(options.backwardFrom ? [options.backwardFrom] : [])];
  const start = layerOf(network, options.from ?? network.execution[0]!.name);
  const behind = network.execution.slice(network.execution.indexOf(start) + 1);
  const constantStatistics = !options.batchStatistics && options.backwardFrom === undefined;
  const groups = groupsOf(network, behind, { fuse, constantStatistics });
  const needed = dependenciesOf(
    requested.map((name) => layerOf(network, name)),
    start,
  );
  if (start !== network.execution[0] && needed.has(network.execution[0]!)) {
    throw new Error(`a requested layer does not follow from ${start.name} alone`);
  }
  const calls = {
    forward: [] as KernelCall[],
    backward: [] as KernelCall[],
    before: [] as KernelCall[],
    after: [] as KernelCall[],
  };
  const bytesOf = ({ outputShape }: Layer) => sizeOf(outputShape) * 4 * microBatch;
  const input = transientBuffer(start.name, bytesOf(start));
  /** Each layer's output. An identity layer shares its input's buffer, and so the gradient of all that read either. */
  const values = new Map<Layer, Buffer>([[start, input]]);
  const contexts: { readonly group: Group; readonly context: LoweringContext<LayerSpec> }[] = [];
  let scratchBytes = 0;

  const isIdentity = ({ spec }: Layer) => definitionOf(spec).isIdentity(spec, dropout !== undefined);
  const emitTo =
    (list: KernelCall[], owner: string): Emit =>
    (kernel, args, spread) =>
      void list.push(kernelCall(owner, kernel, args, spread));

  const contextOf = (layers: readonly Layer[], y: Buffer): LoweringContext<LayerSpec> => {
    const layer = layers[0]!;
    const owner = layer.name;
    const buffers = new Map<string, Buffer>();
    const named = (name: string, make: () => Buffer) => {
      const buffer = buffers.get(name) ?? make();
      buffers.set(name, buffer);
      return buffer;
    };
    const xs = layer.inputs.map((source) => values.get(source)!);
    return {
      layers,
      layer,
      microBatch,
      dropout: dropout !== undefined,
      batchStatistics: options.batchStatistics ?? false,
      winograd,
      xs,
      x: xs[0]!,
      y,
      samples: dropout?.samples ?? noAddress,
      randomContext: dropout?.context ?? noAddress,
      positionInBatch: options.positionInBatch ?? noAddress,
      parameter: (role, of = layer) => place(parameters.values, of, role),
      packedWeights(name, bytes, pack) {
        const key = `${owner}/${name}`;
        const isKnown = parameters.packed.has(key);
        const buffer = shared(parameters.packed, key, owner, bytes);
        if (!isKnown) pack(buffer, emitTo(parameters.pack, owner));
        return buffer;
      },
      buffer: (name, bytes) => named(name, () => transientBuffer(owner, bytes)),
      accumulator: (name, bytes) => shared(accumulators, `${owner}/${name}`, owner, bytes),
      scratch: (bytes) => {
        scratchBytes = Math.max(scratchBytes, bytes);
      },
      emit: emitTo(calls.forward, owner),
    };
  };
  const lowerForward = (group: Group, y: Buffer, isRepeated = false) => {
    const context = contextOf(group.layers, y);
    const hasBackward = options.backwardFrom !== undefined;
    group.lowering.forward?.({ ...context, hasBackward, isRepeated });
    return context;
  };

  for (const group of groups) {
    const members = group.layers.filter((layer) => needed.has(layer));
    if (members.length === 0) continue;
    const last = group.layers.at(-1)!;
    if (group.layers.length === 1 && isIdentity(last)) {
      values.set(last, values.get(last.inputs[0]!)!);
      continue;
    }
    const padded = group.lowering.paddedLayer?.(group.layers);
    // The last layer that changes values, and the identity layers behind it, have the group's output.
    const same = group.layers.slice(group.layers.findLastIndex((layer) => !isIdentity(layer)));
    if (members.some((layer) => same.includes(layer) || layer === padded)) {
      const isPersistent = group.lowering.hasZeroBorder?.(group.layers) ?? false;
      const y = (isPersistent ? persistentBuffer : transientBuffer)(last.name, bytesOf(last));
      contexts.push({ group, context: lowerForward(group, y) });
      for (const layer of same) values.set(layer, y);
    }
    const inside = group.layers.filter((layer) => requested.includes(layer.name) && !values.has(layer));
    for (const layer of inside) lowerInside(group, layer);
  }

  /** The output of a layer inside a fused group: cut out of the group's padded output, or computed beside it. */
  function lowerInside(group: Group, layer: Layer): void {
    if (layer === group.lowering.paddedLayer?.(group.layers)) {
      const last = group.layers.at(-1)!;
      const dx = transientBuffer(layer.name, bytesOf(layer));
      const dy = values.get(last)!;
      const undo = definitionOf(last.spec) as unknown as GroupLowering;
      const context = contextOf([last], dy);
      undo.backward?.({ ...context, dy, dxs: [dx], dx, ...noParameterGradients });
      values.set(layer, dx);
      return;
    }
    for (const member of group.layers.slice(0, group.layers.indexOf(layer) + 1)) {
      if (values.has(member)) continue;
      if (isIdentity(member)) values.set(member, values.get(member.inputs[0]!)!);
      else {
        const y = transientBuffer(member.name, bytesOf(member));
        const lowering = definitionOf(member.spec) as unknown as GroupLowering;
        lowerForward({ layers: [member], lowering }, y, contexts.at(-1)?.group === group);
        values.set(member, y);
      }
    }
  }

  const requestedOutput = (name: string): Buffer => {
    const value = values.get(layerOf(network, name));
    if (!value) throw new Error(`the output of ${name} was not requested`);
    return value;
  };

  const gradients = new Map<Buffer, Buffer>();
  if (options.backwardFrom !== undefined) {
    for (const name of [options.backwardFrom, ...(options.gradientsOf ?? [])]) {
      const value = requestedOutput(name);
      if (value !== input && !contexts.some(({ context }) => context.y === value)) {
        throw new Error(`${name} is inside a fused group, where no gradient can be requested`);
      }
    }
    const needsGradient = new Set((options.gradientsOf ?? []).map(requestedOutput));
    const learns = ({ layers }: Group) =>
      parameterGradients && layers.some((layer) => layer.parameters.some(({ trainable }) => trainable));
    for (const { group, context } of contexts) {
      if (learns(group) || context.xs.some((x) => needsGradient.has(x))) needsGradient.add(context.y);
    }
    const last = requestedOutput(options.backwardFrom);
    gradients.set(last, transientBuffer(last.owner, last.bytes));
    for (const { group, context } of [...contexts].reverse()) {
      const dy = gradients.get(context.y);
      if (!dy) continue;
      const owner = context.layer.name;
      const emit = emitTo(calls.backward, owner);
      const isTrained = learns(group);
      if (!isTrained && !context.xs.some((x) => needsGradient.has(x))) continue;
      const { sharedGradient } = group.lowering;
      const dxs = context.xs.map((x) =>
        needsGradient.has(x) && !sharedGradient ? transientBuffer(owner, x.bytes) : null,
      );
      const backward = {
        ...context,
        dy,
        dxs,
        dx: dxs[0]!,
        parameterGradients: isTrained,
        gradient: (role: ParameterRole) => place(parameters.gradients, context.layer, role),
        emit,
        before: emitTo(calls.before, owner),
        after: emitTo(calls.after, owner),
      };
      const shared = sharedGradient?.(backward);
      if (!shared) group.lowering.backward?.(backward);
      for (const [i, x] of context.xs.entries()) {
        const own = shared ?? dxs[i];
        if (!own || !needsGradient.has(x)) continue;
        // The first to come backward gives the gradient, later readers of the same layer add theirs.
        const known = gradients.get(x);
        if (known) {
          const y = transientBuffer(owner, x.bytes);
          const args = { a: known, b: own, y, size: x.bytes / 4 / microBatch, low: float(Number.NEGATIVE_INFINITY) };
          emit('addForward', args, { units: 'images', chunkSize: 2 });
          gradients.set(x, y);
        } else gradients.set(x, own);
      }
    }
  }

  // What runs after the backward pass needs all its sums.
  const last = calls.backward.pop();
  if (last) calls.backward.push({ ...last, aside: false });

  return {
    ...calls,
    microBatch,
    input,
    scratchBytes,
    output: requestedOutput,
    gradient(name) {
      const gradient = gradients.get(requestedOutput(name));
      if (!gradient) throw new Error(`the gradient of ${name} was not requested`);
      return gradient;
    },
  };
}

/** The buffer of a name, which compiled networks share: made by the first of them. */
function shared(buffers: Map<string, Buffer>, key: string, owner: string, bytes: number): Buffer {
  const buffer = buffers.get(key) ?? persistentBuffer(owner, bytes);
  if (buffer.bytes !== bytes) throw new Error(`${key} has ${buffer.bytes} bytes in one network, ${bytes} in another`);
  buffers.set(key, buffer);
  return buffer;
}

const noParameterGradients = {
  parameterGradients: false,
  gradient: () => {
    throw new Error('this layer has no parameters');
  },
  before: () => {},
  after: () => {},
};

function place(buffer: Buffer, { name, parameters }: Layer, role: ParameterRole): Pointer {
  const found = parameters.find((parameter) => parameter.role === role);
  if (!found) throw new Error(`${name} has no ${role}`);
  return at(buffer, found.offset * 4);
}
