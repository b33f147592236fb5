import type { Network } from './graph.ts';
import type { Layer } from './layer.ts';
import { sides } from './layers/zeroPadding2d.ts';
import * as conv from './reference/conv2d.ts';
import * as dense from './reference/dense.ts';
import { dropoutApply, reluBackward, reluForward } from './reference/elementwise.ts';
import { maxPooling2dBackward, maxPooling2dForward } from './reference/maxPooling2d.ts';
import type { Numbers } from './reference/numbers.ts';
import { softmaxBackward, softmaxForward } from './reference/softmax.ts';
import { zeroPadding2dBackward, zeroPadding2dForward } from './reference/zeroPadding2d.ts';
import { pair, sizeOf } from './shape.ts';
import type { Size2d } from './spec.ts';

/** A layer's output and, given the gradient of it, those of its input and of its parameters (kernel, then bias). */
export interface ReferencePass {
  readonly y: Float64Array;
  backward(dy: Numbers): { readonly dx: Float64Array; readonly parameters: readonly Float64Array[] };
}

function windowGeometry({ inputShape, outputShape }: Layer, N: number, window: Size2d, strides: Size2d) {
  const [H, W, C] = inputShape as [number, number, number];
  const [R, S] = pair(window);
  const [sy, sx] = pair(strides);
  return { N, H, W, C, R, S, sy, sx, OH: outputShape[0]!, OW: outputShape[1]! };
}

/**
 * One layer in plain TypeScript and float64: the oracle for the kernels, and their documentation.
 * @param x [N, …inputShape]
 * @param parameters the layer's own, in the order of its definition
 * @param kept dropout's mask, [N, …]; without it dropout passes everything on
 */
export function referenceLayer(
  layer: Layer,
  x: Numbers,
  parameters: readonly Numbers[],
  kept?: ArrayLike<boolean>,
): ReferencePass {
  const { spec, inputShape, outputShape } = layer;
  const N = x.length / sizeOf(inputShape);
  switch (spec.type) {
    case 'input':
    case 'flatten':
      return { y: Float64Array.from(x), backward: (dy) => ({ dx: Float64Array.from(dy), parameters: [] }) };
    case 'zeroPadding2d': {
      const [H, W, C] = inputShape as [number, number, number];
      const g = { N, H, W, C, ...sides(spec) };
      return {
        y: zeroPadding2dForward(x, g),
        backward: (dy) => ({ dx: zeroPadding2dBackward(dy, g), parameters: [] }),
      };
    }
    case 'conv2d': {
      const g = { ...windowGeometry(layer, N, spec.kernelSize, spec.strides ?? 1), K: spec.filters };
      const [w, bias] = parameters as [Numbers, Numbers];
      return {
        y: conv.conv2dForward(x, w, bias, g),
        backward(dy) {
          const { dx, dw, dbias } = conv.conv2dBackward(x, w, dy, g);
          return { dx, parameters: [dw, dbias] };
        },
      };
    }
    case 'relu': {
      const y = reluForward(x);
      return { y, backward: (dy) => ({ dx: reluBackward(y, dy), parameters: [] }) };
    }
    case 'dropout': {
      const apply = (v: Numbers) => (kept ? dropoutApply(v, kept, spec.rate) : Float64Array.from(v));
      return { y: apply(x), backward: (dy) => ({ dx: apply(dy), parameters: [] }) };
    }
    case 'maxPooling2d': {
      const poolSize = spec.poolSize ?? 2;
      const { y, winners } = maxPooling2dForward(x, windowGeometry(layer, N, poolSize, spec.strides ?? poolSize));
      return { y, backward: (dy) => ({ dx: maxPooling2dBackward(dy, winners, x.length), parameters: [] }) };
    }
    case 'dense': {
      const [w, bias] = parameters as [Numbers, Numbers];
      const sizes = [N, inputShape[0]!, outputShape[0]!] as const;
      return {
        y: dense.denseForward(x, w, bias, ...sizes),
        backward(dy) {
          const { dx, dw, dbias } = dense.denseBackward(x, w, dy, ...sizes);
          return { dx, parameters: [dw, dbias] };
        },
      };
    }
    case 'softmax': {
      const y = softmaxForward(x, outputShape[0]!);
      return { y, backward: (dy) => ({ dx: softmaxBackward(y, dy, outputShape[0]!), parameters: [] }) };
    }
  }
}

/**
 * The gradient of a layer's input alone, dropout off: what `referenceLayer(…).backward` gives as `dx`, without what it
 * costs to go forward first and to find the weights' gradients.
 */
export function inputGradient(layer: Layer, x: Numbers, parameters: readonly Numbers[], dy: Numbers): Float64Array {
  const { spec, inputShape, outputShape } = layer;
  const N = x.length / sizeOf(inputShape);
  switch (spec.type) {
    case 'input':
    case 'flatten':
    case 'dropout':
      return new Float64Array(dy);
    case 'relu': {
      const dx = new Float64Array(dy);
      for (let i = 0; i < dx.length; i++) if (!(x[i]! > 0)) dx[i] = 0;
      return dx;
    }
    case 'conv2d': {
      const g = { ...windowGeometry(layer, N, spec.kernelSize, spec.strides ?? 1), K: spec.filters };
      return conv.conv2dBackwardInput(parameters[0]!, dy, g);
    }
    case 'dense':
      return dense.denseBackwardInput(parameters[0]!, dy, N, inputShape[0]!, outputShape[0]!);
    default:
      return referenceLayer(layer, x, parameters).backward(dy).dx;
  }
}

export interface ReferenceRecording {
  /** Each layer's output and, after `backward`, its gradient, by layer name. */
  readonly activations: ReadonlyMap<string, Float64Array>;
  /** Goes back from the gradient of layer `from`'s output; gives the parameters' gradients, flat, in spec order. */
  backward(from: string, dy: Numbers): { gradients: ReadonlyMap<string, Float64Array>; parameters: Float64Array };
}

/** A whole network in plain TypeScript and float64. `kept` gives masks by the dropout layers' names. */
export function referenceNetwork(
  network: Network,
  parameters: Numbers,
  x: Numbers,
  kept: Readonly<Record<string, ArrayLike<boolean>>> = {},
): ReferenceRecording {
  const flat = Float64Array.from(parameters);
  const passes: ReferencePass[] = [];
  const activations = new Map<string, Float64Array>();
  let value: Numbers = x;
  for (const layer of network.layers) {
    const own = layer.parameters.map(({ offset, size }) => flat.subarray(offset, offset + size));
    const pass = referenceLayer(layer, value, own, kept[layer.name]);
    passes.push(pass);
    activations.set(layer.name, pass.y);
    value = pass.y;
  }
  return {
    activations,
    backward(from, dy) {
      const gradients = new Map<string, Float64Array>();
      const dparameters = new Float64Array(flat.length);
      let gradient: Float64Array = Float64Array.from(dy);
      for (let i = network.layers.findIndex(({ name }) => name === from); i >= 0; i--) {
        const layer = network.layers[i]!;
        gradients.set(layer.name, gradient);
        const back = passes[i]!.backward(gradient);
        for (const [p, { offset }] of layer.parameters.entries()) dparameters.set(back.parameters[p]!, offset);
        gradient = back.dx;
      }
      return { gradients, parameters: dparameters };
    },
  };
}
