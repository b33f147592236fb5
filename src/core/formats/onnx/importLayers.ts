import { SelvedgeError } from '../../errors.ts';
import type { ParameterRole } from '../../graph/layer.ts';
import { definitionOf, traitsOf } from '../../graph/layers/index.ts';
import { parseNetwork } from '../../graph/parse.ts';
import { formatShape, type Shape, sizeOf } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import { inverse, permuted } from './tensors.ts';

/**
 * A value of the graph as a view of a layer's output, without the batch: the output read in the shape `view`, its axes brought into
 * the order `axes`, and that read in the shape `dims`. So a picture with the channels first is a view of one with the channels last,
 * and a vector that was flattened from it a view with permuted elements.
 */
export interface View {
  readonly layer: string;
  readonly view: Shape;
  readonly axes: readonly number[];
  readonly dims: Shape;
  /** What the values are divided by, where a node does so: the scaling of the input, or a temperature. */
  readonly divisor?: number;
  /** The name for a layer that only changes the shape. */
  readonly name?: string | undefined;
}

export type Parameters = Partial<Record<ParameterRole, Float32Array>>;

/** A layer as it is found, and its parameters in this program's order. */
export interface FoundLayer {
  readonly name: string;
  spec: LayerSpec;
  parameters: Parameters;
}

/** Refuses the file, with a phrase for the middle of a sentence. */
export function refuse(what: string): never {
  throw new SelvedgeError('bad-model', what);
}

const isSame = (a: Shape, b: Shape) => formatShape(a) === formatShape(b);

/** The layers that have been found, in their order. */
export function createLayers(input: Shape) {
  const inputName = 'input';
  const found: FoundLayer[] = [{ name: inputName, spec: { type: 'input', shape: input }, parameters: {} }];
  const shapes = new Map<string, Shape>([[inputName, input]]);
  const counts = new Map<string, number>();
  /** The input may hold any values: nothing is known of what another program gives it. */
  const neverNegative = new Set<string>();
  /** What the graph divides its input by; every reader must agree. */
  let inputDivisor: number | undefined;

  /** @param wanted the layer's name, where it is usable and free */
  function add(spec: LayerSpec, inputs: readonly string[], parameters: Parameters = {}, wanted?: string): string {
    const count = (counts.get(spec.type) ?? 0) + 1;
    const isFree = wanted !== undefined && /^[\w.-]+$/.test(wanted) && !shapes.has(wanted);
    if (!isFree) counts.set(spec.type, count);
    let name = isFree ? wanted : `${spec.type}_${count}`;
    while (shapes.has(name)) name += '_';
    const named = { ...spec, name, inputs } as LayerSpec;
    parseNetwork([named]);
    const output = definitionOf(spec).outputShape(spec, ...inputs.map((from) => shapes.get(from)!));
    if ('needs' in output) {
      const given = inputs.map((from) => formatShape(shapes.get(from)!)).join(', ');
      return refuse(`it reads ${given}, but needs ${output.needs}`);
    }
    found.push({ name, spec: named, parameters });
    shapes.set(name, output);
    const { outputSign } = traitsOf(named);
    const isNever =
      outputSign === 'nonNegative' || (outputSign === 'asInput' && inputs.every((from) => neverNegative.has(from)));
    if (isNever) neverNegative.add(name);
    return name;
  }

  /** The layer of that output in another shape; its name for a layer that is added. */
  function reshaped(layer: string, shape: Shape, name?: string): string {
    const own = shapes.get(layer)!;
    if (isSame(own, shape)) return layer;
    const spec: LayerSpec = shape.length === 1 && own.length === 3 ? { type: 'flatten' } : { type: 'reshape', shape };
    const known = found.find(
      (other) =>
        other.spec.type === spec.type && other.spec.inputs?.[0] === layer && isSame(shapes.get(other.name)!, shape),
    );
    return known?.name ?? add(spec, [layer], {}, name);
  }

  /** Refuses a view whose values are divided, but for the input's. */
  function undivided({ layer, divisor = 1 }: View): void {
    if (layer !== inputName) {
      if (divisor !== 1) refuse(`it reads values that were divided by ${divisor}, which no layer does`);
      return;
    }
    if (inputDivisor !== undefined && inputDivisor !== divisor) {
      refuse(`it reads the input divided by ${divisor}, and another node divided by ${inputDivisor}`);
    }
    inputDivisor = divisor;
  }

  /** The layer [H, W, C] of which a value [C, H, W] is the picture with the channels first; undefined where it is none. */
  function pictureFirst(value: View): string | undefined {
    const [C, H, W] = value.dims as [number, number, number];
    if (value.dims.length !== 3) return undefined;
    const shape = [H, W, C];
    const fits = isInOrder(value) ? C === 1 || H * W === 1 : isSame(value.axes, [2, 0, 1]) && isSame(value.view, shape);
    if (!fits) return undefined;
    undivided(value);
    return reshaped(value.layer, shape, value.name);
  }

  /** The layer of the value's own shape whose values are in this order. */
  function inOrder(value: View): string | undefined {
    if (!isInOrder(value)) return undefined;
    undivided(value);
    return reshaped(value.layer, value.dims, value.name);
  }

  return {
    found,
    shapes,
    inputName,
    add,
    pictureFirst,
    inOrder,
    undivided,
    inputDivisor: () => inputDivisor,
    /** Whether a layer's outputs are never below 0. */
    isNeverNegative: (layer: string) => neverNegative.has(layer),
    /** @throws SelvedgeError 'bad-model' where the value is no picture with the channels first */
    picture: (value: View) =>
      pictureFirst(value) ??
      refuse(
        `it reads values ${formatShape(['N', ...value.dims] as number[])} that are no pictures [N, channels, height, width]`,
      ),
    /** The layer of a vector; its elements may be in another order than the value's: see `rowsInOrder`. */
    vector(value: View): string {
      if (value.dims.length !== 1) {
        refuse(
          `it reads values ${formatShape(['N', ...value.dims] as number[])}, but should read vectors [N, features]`,
        );
      }
      undivided(value);
      return reshaped(value.layer, value.dims, value.name);
    },
    /** A layer that works on each value alone, of a view: a view of the new layer. */
    onEachValue(spec: LayerSpec, value: View, name?: string): View {
      undivided(value);
      return { ...value, layer: add(spec, [value.layer], {}, name), divisor: 1, name: undefined };
    },
  };
}

export type Layers = ReturnType<typeof createLayers>;

/** Whether a view has its values in the layer's order. Axes of length 1 may lie anywhere. */
export function isInOrder({ view, axes }: View): boolean {
  const long = axes.filter((axis) => view[axis] !== 1);
  return long.every((axis, i) => i === 0 || long[i - 1]! < axis);
}

/** A layer's output as it is. */
export function plainView(layer: string, dims: Shape): View {
  return { layer, view: dims, axes: dims.map((_, axis) => axis), dims };
}

/** A picture [H, W, C] with the channels first. */
export function pictureView(layer: string, [H, W, C]: Shape): View {
  return { layer, view: [H!, W!, C!], axes: [2, 0, 1], dims: [C!, H!, W!] };
}

/** The same values read in another shape. */
export function reshapedView(value: View, dims: Shape, name?: string): View {
  if (sizeOf(dims) !== sizeOf(value.dims)) {
    refuse(`it turns values ${formatShape(value.dims)} into ${formatShape(dims)}, which has another size`);
  }
  return isInOrder(value) ? { ...value, ...plainView(value.layer, dims), name } : { ...value, dims, name };
}

/** The same values with their axes in another order; `axes` leave the batch out. */
export function transposedView(value: View, axes: readonly number[], name?: string): View {
  const dims = axes.map((axis) => value.dims[axis]!);
  if (isInOrder(value)) return { ...value, view: value.dims, axes, dims, name };
  const whole = value.axes.map((axis) => value.view[axis]!);
  if (!isSame(whole, value.dims)) refuse('it reorders values that were reshaped after they had been reordered');
  return { ...value, axes: axes.map((axis) => value.axes[axis]!), dims, name };
}

/**
 * Rows [D, …] for the elements of a view, in the layer's order.
 * @param columns values in a row
 */
export function rowsInOrder({ view, axes }: View, rows: Float32Array, columns: number): Float32Array {
  const back = inverse(axes);
  return permuted(rows, [...axes.map((axis) => view[axis]!), columns], [...back, axes.length]);
}
