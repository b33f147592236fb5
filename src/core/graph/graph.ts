import { SelvedgeError } from '../errors.ts';
import type { Layer, Parameter } from './layer.ts';
import { definitionOf } from './layers/index.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';
import type { Activation, LayerSpec } from './spec.ts';

/** A spec with every layer named, every shape worked out and every parameter placed. */
export interface Network {
  /** As it was written, sugar and all. */
  readonly spec: readonly LayerSpec[];
  /** Activations written out as layers of their own. */
  readonly layers: readonly Layer[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
}

/** `activation` becomes a layer; every layer gets a name. */
function writeOut(spec: readonly LayerSpec[]): LayerSpec[] {
  const counts = new Map<string, number>();
  const withName = (layer: LayerSpec): LayerSpec => {
    const n = (counts.get(layer.type) ?? 0) + 1;
    counts.set(layer.type, n);
    return { ...layer, name: layer.name ?? (layer.type === 'input' ? 'input' : `${layer.type}_${n}`) };
  };
  return spec.flatMap((layer) => {
    if (!('activation' in layer)) return [withName(layer)];
    const { activation, ...rest } = layer as LayerSpec & { activation?: Activation };
    return activation ? [withName(rest as LayerSpec), withName({ type: activation })] : [withName(rest as LayerSpec)];
  });
}

/**
 * Works out a network from its spec.
 * @throws SelvedgeError 'bad-spec' naming the layer and the two shapes where they do not fit
 */
export function buildNetwork(spec: readonly LayerSpec[]): Network {
  if (spec[0]?.type !== 'input') {
    throw new SelvedgeError(
      'bad-spec',
      'A network begins with a layer of type input that gives the shape of one image, such as {"type": "input", "shape": [28, 28, 1]}.',
    );
  }
  const layers: Layer[] = [];
  let shape: Shape = spec[0].shape;
  let offset = 0;
  for (const [i, layer] of writeOut(spec).entries()) {
    const name = layer.name!;
    if (layer.type === 'input' && i > 0) {
      throw new SelvedgeError('bad-spec', `Layer ${name} is a second input; only the first layer is of type input.`);
    }
    if (layers.some((other) => other.name === name)) {
      throw new SelvedgeError('bad-spec', `Two layers are called ${name}; give one of them another name.`);
    }
    const definition = definitionOf(layer);
    const output = definition.outputShape(layer, shape);
    if ('needs' in output) {
      throw new SelvedgeError(
        'bad-spec',
        `Layer ${name} (${layer.type}) needs an input of shape ${output.needs}, but gets ${formatShape(shape)}.`,
      );
    }
    const parameters = (definition.parameters?.(layer, shape) ?? []).map((parameter): Parameter => {
      const size = sizeOf(parameter.shape);
      const placed = { ...parameter, name: `${name}/${parameter.name}`, offset, size };
      offset += size;
      return placed;
    });
    layers.push({ name, spec: layer, inputShape: shape, outputShape: output, parameters });
    shape = output;
  }
  return {
    spec,
    layers,
    inputShape: spec[0].shape,
    outputShape: shape,
    parameters: layers.flatMap((layer) => layer.parameters),
    parameterCount: offset,
  };
}

/**
 * Checks that a network is a classifier: it ends with softmax over as many values as there are classes.
 * @throws SelvedgeError 'bad-spec'
 */
export function requireClassifier(network: Network, classes: number): void {
  const last = network.layers.at(-1)!;
  if (last.spec.type !== 'softmax') {
    throw new SelvedgeError(
      'bad-spec',
      `A classifier ends with a softmax layer, but the last layer, ${last.name}, is of type ${last.spec.type}.`,
    );
  }
  if (network.outputShape[0] !== classes) {
    throw new SelvedgeError(
      'bad-spec',
      `Layer ${last.name} gives ${formatShape(network.outputShape)}, but the data set has ${classes} classes: [${classes}].`,
    );
  }
}
