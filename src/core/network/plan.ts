import type { Arena } from '../engine/arena.ts';
import type { Step } from '../engine/program.ts';
import type { LayerContext, StepOf } from './layer.ts';
import { definitionOf } from './layers/index.ts';
import type { Network } from './network.ts';
import { sizeOf } from './shape.ts';
import type { LayerSpec } from './spec.ts';

/** Addresses that all plans of one engine share. */
export interface ParameterPlaces {
  readonly values: number;
  readonly gradients: number;
  readonly samples: number;
  readonly randomContext: number;
  /** What layers derive from the weights (packed panels), and the steps that derive it. */
  readonly derived: Map<string, number>;
  readonly derivations: Step[];
}

export interface PlanOptions {
  /** Whether there is a backward pass. */
  readonly training: boolean;
  /** Whether dropout is on: as `training` where nothing is said. */
  readonly dropout?: boolean;
  /** Images of a micro-batch, M. */
  readonly microBatch: number;
  /** Where backward begins: at the gradient of this layer's output. The last layer where nothing is said. */
  readonly backwardFrom?: string;
  /** Whether the gradient of the network's input is wanted. */
  readonly inputGradient?: boolean;
}

/** The network as lists of kernel calls: nothing is decided after this. */
export interface Plan {
  readonly forward: readonly Step[];
  readonly backward: readonly Step[];
  /** Once before the first micro-batch of a batch, and once after the last. */
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  /** Each layer's output and its gradient: addresses of float32 [M, …outputShape]. */
  readonly activations: ReadonlyMap<string, number>;
  readonly gradients: ReadonlyMap<string, number>;
}

/** Lays a network out over the arena. */
export function makePlan(network: Network, places: ParameterPlaces, arena: Arena, options: PlanOptions): Plan {
  const { training, microBatch, dropout = training } = options;
  const forward: Step[] = [];
  const backward: Step[] = [];
  const before: Step[] = [];
  const after: Step[] = [];
  const activations = new Map<string, number>();
  const gradients = new Map<string, number>();

  const images = (shape: readonly number[]) => arena.allocate(sizeOf(shape) * microBatch * 4);
  const contexts: LayerContext<LayerSpec>[] = [];
  let x = 0;
  let dx = 0;
  let learns = options.inputGradient ?? false;
  for (const [index, layer] of network.layers.entries()) {
    const definition = definitionOf(layer.spec);
    const passes = index > 0 && definition.passesThrough(layer.spec, dropout);
    const y = passes ? x : images(layer.outputShape);
    learns ||= layer.parameters.length > 0;
    const dy = !training || !learns ? 0 : passes && dx ? dx : images(layer.outputShape);
    const owned = (steps: Step[]) => (step: StepOf) => void steps.push({ owner: layer.name, ...step });
    const buffers = new Map<string, number>();
    const fixedBuffer = (name: string, bytes: number) => {
      const address = buffers.get(name) ?? arena.allocate(bytes);
      buffers.set(name, address);
      return address;
    };
    const place = (base: number, name: string) =>
      base + layer.parameters.find((parameter) => parameter.name === `${layer.name}/${name}`)!.offset * 4;
    const context: LayerContext<LayerSpec> = {
      layer,
      index,
      x,
      y,
      dx,
      dy,
      samples: places.samples,
      randomContext: places.randomContext,
      parameter: (name) => place(places.values, name),
      gradient: (name) => place(places.gradients, name),
      derived(name, bytes, steps) {
        const key = `${layer.name}/${name}`;
        const known = places.derived.get(key);
        if (known !== undefined) return known;
        const address = arena.allocate(bytes);
        places.derived.set(key, address);
        places.derivations.push(...steps(address).map((step) => ({ owner: layer.name, ...step })));
        return address;
      },
      buffer: (name, bytesPerImage) => fixedBuffer(name, bytesPerImage * microBatch),
      fixedBuffer,
      emit: owned(forward),
      before: owned(before),
      after: owned(after),
    };
    contexts.push(context);
    activations.set(layer.name, y);
    gradients.set(layer.name, dy);
    if (!passes) definition.forward?.(context);
    x = y;
    dx = dy;
  }

  if (training) {
    const last = options.backwardFrom ?? network.layers.at(-1)!.name;
    const end = network.layers.findIndex((layer) => layer.name === last);
    for (const context of contexts.slice(0, end + 1).reverse()) {
      const { layer } = context;
      const definition = definitionOf(layer.spec);
      if (!context.dy || (context.index > 0 && definition.passesThrough(layer.spec, dropout))) continue;
      definition.backward?.({ ...context, emit: (step) => void backward.push({ owner: layer.name, ...step }) });
    }
  }
  return { forward, backward, before, after, activations, gradients };
}
