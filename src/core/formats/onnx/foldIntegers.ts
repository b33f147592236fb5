import type { Shape } from '../../graph/shape.ts';
import { sizeOf } from '../../graph/shape.ts';
import { refuse } from './importLayers.ts';

/** Whole numbers that exporters compute shapes with. The number of images is −1. */
export interface Integers {
  readonly dims: Shape;
  readonly values: readonly number[];
}

/** Such lists are short: a file cannot make the program compute with long ones. */
const longest = 64;

interface Attributes {
  int(name: string, absent: number): number;
  ints(name: string): readonly number[] | undefined;
}

type Fold = (input: (i: number) => Integers, attributes: Attributes, inputs: readonly Integers[]) => Integers;

const list = (values: readonly number[]): Integers => ({ dims: [values.length], values });

/** Row i along the first axis. */
function row({ dims, values }: Integers, i: number): readonly number[] {
  const size = sizeOf(dims.slice(1));
  return values.slice(i * size, (i + 1) * size);
}

function rows(data: Integers, indices: readonly number[]): number[] {
  const count = data.dims[0]!;
  return indices.flatMap((i) => {
    const index = i < 0 ? i + count : i;
    return index >= 0 && index < count ? row(data, index) : refuse(`it reads element ${i} of ${count}`);
  });
}

function requireFirstAxis(axis: number, what: string): void {
  if (axis !== 0) refuse(`it ${what} along axis ${axis} of a list`);
}

function sliced(data: Integers, [start, end, step]: readonly [number, number, number]): Integers {
  const count = data.dims[0]!;
  if (step === 0) refuse('its step is 0');
  const within = (i: number, low: number, high: number) => Math.min(Math.max(i < 0 ? i + count : i, low), high);
  const indices: number[] = [];
  if (step > 0) for (let i = within(start, 0, count); i < within(end, 0, count); i += step) indices.push(i);
  else for (let i = within(start, 0, count - 1); i > within(end, -1, count - 1); i += step) indices.push(i);
  return { dims: [indices.length, ...data.dims.slice(1)], values: rows(data, indices) };
}

/** The operators that shapes are computed with, on lists of whole numbers. */
const folds: Readonly<Record<string, Fold>> = {
  Identity: (input) => input(0),
  Cast: (input) => input(0),
  Squeeze: (input) => ({ values: input(0).values, dims: input(0).dims.filter((n) => n !== 1) }),
  Unsqueeze: (input) => ({ values: input(0).values, dims: [1, ...input(0).dims] }),
  ConstantOfShape(input) {
    const dims = input(0).values;
    const size = sizeOf(dims);
    if (!(size >= 0 && size <= longest)) refuse(`it makes ${size} values`);
    return { dims, values: Array.from({ length: size }, () => 0) };
  },
  Concat(_, attributes, inputs) {
    requireFirstAxis(attributes.int('axis', 0), 'joins lists');
    return list(inputs.flatMap(({ values }) => values));
  },
  Gather(input, attributes) {
    requireFirstAxis(attributes.int('axis', 0), 'picks elements');
    const [data, indices] = [input(0), input(1)];
    return { dims: [...indices.dims, ...data.dims.slice(1)], values: rows(data, indices.values) };
  },
  Slice(input, _, inputs) {
    requireFirstAxis(inputs[3]?.values[0] ?? 0, 'cuts');
    const bound = (i: number) => input(i).values[0] ?? refuse('it lacks a bound');
    return sliced(input(0), [bound(1), bound(2), inputs[4]?.values[0] ?? 1]);
  },
  Reshape(input, attributes) {
    attributes.int('allowzero', 0);
    const [{ values }, shape] = [input(0), input(1).values];
    const known = shape.filter((n) => n > 0).reduce((product, n) => product * n, 1);
    const dims = shape.map((n) => (n > 0 ? n : values.length / known));
    return sizeOf(dims) === values.length ? { dims, values } : refuse('its shape does not fit');
  },
  Transpose(input, attributes) {
    const { dims, values } = input(0);
    const [R, S] = dims;
    if (dims.length !== 2 || attributes.ints('perm')?.[0] === 0) return input(0);
    return { dims: [S!, R!], values: values.map((_, i) => values[(i % R!) * S! + Math.floor(i / R!)]!) };
  },
};

/** What an operator makes of lists of whole numbers; undefined for one that shapes are not computed with. */
export function foldIntegers(
  opType: string,
  inputs: readonly Integers[],
  attributes: Attributes,
): Integers | undefined {
  const fold = folds[opType];
  if (!fold || !Object.hasOwn(folds, opType) || inputs.length === 0) return undefined;
  if (inputs.some(({ values, dims }) => values.length > longest || dims.length > 2)) return undefined;
  return fold((i) => inputs[i] ?? refuse('it lacks an input'), attributes, inputs);
}
