import type { Arena } from '../engine/arena.ts';
import type { Step } from '../engine/program.ts';
import type { Network } from '../graph/graph.ts';
import type { Layer, LayerContext, StageDefinition, StepOf } from '../graph/layer.ts';
import { definitionOf } from '../graph/layers/index.ts';
import { sizeOf } from '../graph/shape.ts';
import type { LayerSpec } from '../graph/spec.ts';
import { fusedStage } from './fusion.ts';

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
  /** Whether layers are fused where the rewrite table allows it; then only the stages' last layers have activations. */
  readonly fuse?: boolean;
  /** Images of a micro-batch, M. */
  readonly microBatch: number;
  /** Where backward begins: at the gradient of this layer's output. The last layer where nothing is said. */
  readonly backwardFrom?: string;
  /** Whether the gradient of the network's input is wanted. */
  readonly inputGradient?: boolean;
  /** Whether the parameters' gradients are wanted, as they are where nothing is said. Fused steps make them anyway. */
  readonly parameterGradients?: boolean;
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
  /** What the kernels need of their thread's own memory, at most. */
  readonly scratchBytes: number;
}

interface Stage {
  readonly layers: readonly Layer[];
  readonly definition: StageDefinition;
  /** Whether the stage's output is its input, so that it needs no steps and no memory. */
  readonly passes: boolean;
}

/** Layers one by one, or fused where the rewrite table allows it. */
function stagesOf({ layers }: Network, fuse: boolean, dropout: boolean): Stage[] {
  const stages: Stage[] = [];
  for (let i = 0; i < layers.length; ) {
    const layer = layers[i]!;
    const definition = definitionOf(layer.spec);
    const stage: Stage = (fuse && withoutMemory(fusedStage(layers, i))) || {
      layers: [layer],
      definition,
      passes: i > 0 && definition.passesThrough(layer.spec, dropout),
    };
    stages.push(stage);
    i += stage.layers.length;
  }
  return stages;
}

function withoutMemory(fused: ReturnType<typeof fusedStage>): Stage | undefined {
  return fused && { ...fused, passes: false };
}

/** Lays a network out over the arena. */
export function makePlan(network: Network, places: ParameterPlaces, arena: Arena, options: PlanOptions): Plan {
  const { training, microBatch, dropout = training, fuse = false, parameterGradients = true } = options;
  const plan = { forward: [] as Step[], backward: [] as Step[], before: [] as Step[], after: [] as Step[] };
  const activations = new Map<string, number>();
  const gradients = new Map<string, number>();
  const contexts: { stage: Stage; context: LayerContext<LayerSpec> }[] = [];
  let scratchBytes = 0;
  let x = 0;
  let dx = 0;
  let learns = options.inputGradient ?? false;

  for (const stage of stagesOf(network, fuse, dropout)) {
    const { layers, passes } = stage;
    const layer = layers[0]!;
    const output = layers.at(-1)!;
    const owner = layer.name;
    const images = (bytesPerImage: number) => arena.allocate(bytesPerImage * microBatch);
    const outputBytes = sizeOf(output.outputShape) * 4;
    const y = passes ? x : images(outputBytes);
    learns ||= layer.parameters.length > 0;
    const dy = !training || !learns ? 0 : passes && dx ? dx : images(outputBytes);
    const addTo = (steps: Step[]) => (step: StepOf) => void steps.push({ owner, ...step });
    const buffers = new Map<string, number>();
    const fixedBuffer = (name: string, bytes: number) => {
      const address = buffers.get(name) ?? arena.allocate(bytes);
      buffers.set(name, address);
      return address;
    };
    const place = (base: number, name: string) =>
      base + layer.parameters.find((parameter) => parameter.name === `${owner}/${name}`)!.offset * 4;
    const context: LayerContext<LayerSpec> = {
      ...{ layers, layer, microBatch, dropout, parameterGradients, x, y, dx, dy },
      samples: places.samples,
      randomContext: places.randomContext,
      indexOf: (member) => network.layers.indexOf(member),
      parameter: (name) => place(places.values, name),
      gradient: (name) => place(places.gradients, name),
      derived(name, bytes, steps) {
        const key = `${owner}/${name}`;
        const known = places.derived.get(key);
        if (known !== undefined) return known;
        const address = arena.allocate(bytes);
        places.derived.set(key, address);
        places.derivations.push(...steps(address).map((step) => ({ owner, ...step })));
        return address;
      },
      buffer: (name, bytesPerImage) => fixedBuffer(name, bytesPerImage * microBatch),
      fixedBuffer,
      scratch: (bytes) => {
        scratchBytes = Math.max(scratchBytes, bytes);
      },
      emit: addTo(plan.forward),
      before: addTo(plan.before),
      after: addTo(plan.after),
    };
    contexts.push({ stage, context: { ...context, emit: addTo(plan.backward) } });
    activations.set(output.name, y);
    gradients.set(output.name, dy);
    if (!passes) stage.definition.forward?.(context);
    x = y;
    dx = dy;
  }

  if (training) {
    const from = options.backwardFrom ?? network.layers.at(-1)!.name;
    const end = contexts.findIndex(({ stage }) => stage.layers.at(-1)!.name === from);
    for (const { stage, context } of contexts.slice(0, end + 1).reverse()) {
      if (context.dy && !stage.passes) stage.definition.backward?.(context);
    }
  }
  return { ...plan, activations, gradients, scratchBytes };
}
