import type { Layer, Numbers, ReferenceInput, ReferencePass } from './layer.ts';
import { definitionOf } from './layers/index.ts';
import type { Network } from './network.ts';
import { sizeOf } from './shape.ts';

type ReferenceOptions = Partial<Pick<ReferenceInput, 'kept' | 'batchStatistics'>>;

/** One layer in plain TypeScript and float64: see `LayerDefinition.reference`. */
export function referenceLayer(
  layer: Layer,
  xs: readonly Numbers[],
  parameters: readonly Numbers[],
  { kept, batchStatistics = false }: ReferenceOptions = {},
): ReferencePass {
  const x = xs[0]!;
  const N = x.length / sizeOf(layer.inputShape);
  return definitionOf(layer.spec).reference({ layer, N, xs, x, parameters, kept, batchStatistics });
}

export interface ReferenceRecording {
  /** Each layer's output and, after `backward`, its gradient, by layer name. */
  readonly activations: ReadonlyMap<string, Float64Array>;
  /** Goes back from the gradient of layer `from`'s output; returns the parameters' gradients, flat, in list order. */
  backward(from: string, dy: Numbers): { gradients: ReadonlyMap<string, Float64Array>; parameters: Float64Array };
}

/** A whole network in plain TypeScript and float64. `kept` holds masks by the dropout layers' names. */
export function referenceNetwork(
  network: Network,
  parameters: Numbers,
  x: Numbers,
  kept: Readonly<Record<string, ArrayLike<boolean>>> = {},
  batchStatistics = false,
): ReferenceRecording {
  const flat = Float64Array.from(parameters);
  const passes = new Map<string, ReferencePass>();
  const activations = new Map<string, Float64Array>();
  for (const layer of network.execution) {
    const own = layer.parameters.map(({ offset, size }) => flat.subarray(offset, offset + size));
    const xs = layer.inputs.length > 0 ? layer.inputs.map(({ name }) => activations.get(name)!) : [x];
    const pass = referenceLayer(layer, xs, own, { kept: kept[layer.name], batchStatistics });
    passes.set(layer.name, pass);
    activations.set(layer.name, pass.forward());
  }
  return {
    activations,
    backward(from, dy) {
      const gradients = new Map<string, Float64Array>([[from, Float64Array.from(dy)]]);
      const dparameters = new Float64Array(flat.length);
      for (const layer of [...network.execution].reverse()) {
        const gradient = gradients.get(layer.name);
        if (!gradient) continue;
        const pass = passes.get(layer.name)!;
        const own = pass.parameterGradients?.(gradient) ?? [];
        for (const [p, { offset, trainable }] of layer.parameters.entries()) {
          if (trainable) dparameters.set(own[p]!, offset);
        }
        if (layer.inputs.length === 0) continue;
        for (const [i, dx] of pass.inputGradients(gradient).entries()) {
          const { name } = layer.inputs[i]!;
          const sum = gradients.get(name);
          gradients.set(name, sum ? sum.map((value, at) => value + dx[at]!) : dx);
        }
      }
      return { gradients, parameters: dparameters };
    },
  };
}
