import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export type GoldenParameterName = `${'conv2d' | 'dense'}_${1 | 2}/${'kernel' | 'bias'}`;

/** Values that both sides draw from the hash: `goldenWeights(seed, count, limit)`. */
interface GoldenDraw {
  readonly shape: readonly number[];
  readonly seed: number;
  readonly limit: number;
}

interface GoldenParameter extends GoldenDraw {
  readonly name: GoldenParameterName;
}

/** Sum and Euclidean norm of a whole tensor, in float64. */
interface GoldenChecksum {
  readonly sum: number;
  readonly norm: number;
}

interface GoldenSample extends GoldenChecksum {
  readonly stride: number;
}

/**
 * Expected values of one forward and backward pass. `gradients` are of the mean loss, in our layouts. Where `sampled[name]`
 * exists, `gradients[name]` holds only every `stride`-th element, starting with the first; the sum and norm are of the whole.
 */
export interface GoldenPass {
  /** In the spec's order. */
  readonly parameters: readonly GoldenParameter[];
  /** [N, Y] */
  readonly logits: Float32Array;
  readonly loss: number;
  readonly gradients: Record<GoldenParameterName, Float32Array>;
  readonly sampled: Partial<Record<GoldenParameterName, GoldenSample>>;
}

/** The reference network without dropout; step `b` takes images `b * batchSize` and the following of the committed subset. */
interface GoldenSeed extends GoldenPass {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** The mean loss before each step. */
  readonly losses: readonly number[];
  /** The parameters after the last step. */
  readonly after: Record<GoldenParameterName, GoldenChecksum>;
}

/** The reference network's first batch with dropout; `masks` are the seeds for `goldenMask`, by layer. */
interface GoldenMasked extends GoldenPass {
  readonly masks: Record<`dropout_${1 | 2 | 3}`, number>;
}

/** A small network of odd shapes. `layers` is its spec, softmax last. */
interface GoldenSmall extends GoldenPass {
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly labels: readonly number[];
  /** [N, H, W, C] */
  readonly input: GoldenDraw;
  readonly inputGradient: Float32Array;
}

export interface Golden {
  readonly seed: GoldenSeed;
  readonly masked: GoldenMasked;
  readonly small: GoldenSmall;
  /** As `small`, but padded by one row above and two columns to the right: `[[1, 0], [0, 2]]`. */
  readonly smallAsymmetric: GoldenSmall;
}

interface StoredTensor {
  readonly shape: readonly number[];
  readonly encoding: 'float32' | 'int16';
  readonly offset: number;
  readonly scale?: number;
  readonly stride?: number;
  readonly sum?: number;
  readonly norm?: number;
}

type Stored<Part> = Omit<Part, 'logits' | 'gradients' | 'sampled' | 'inputGradient'> & {
  readonly logits: StoredTensor;
  readonly gradients: Record<GoldenParameterName, StoredTensor> & { readonly input?: StoredTensor };
};

interface GoldenIndex {
  readonly format: string;
  readonly version: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly parts: { readonly [Name in keyof Golden]: Stored<Golden[Name]> };
}

/** The golden trace, decoded. Throws if the two files don't belong together. */
export function loadGolden(folder = new URL('./fixtures/', import.meta.url)): Golden {
  const index = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as GoldenIndex;
  if (index.format !== 'selvedge-golden' || index.version !== 1)
    throw new Error('golden.json: unknown format or version');
  const binary = gunzipSync(readFileSync(new URL('golden.bin.gz', folder)));
  if (binary.byteLength !== index.bytes || createHash('sha256').update(binary).digest('hex') !== index.sha256) {
    throw new Error('golden.bin.gz is not the file that golden.json describes; run make_golden.py again');
  }
  const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
  const { seed, masked, small, smallAsymmetric } = index.parts;
  return {
    seed: { ...seed, ...decodePass(view, seed) },
    masked: { ...masked, ...decodePass(view, masked) },
    small: { ...small, ...decodeSmall(view, small) },
    smallAsymmetric: { ...smallAsymmetric, ...decodeSmall(view, smallAsymmetric) },
  };
}

function decodePass(view: DataView, part: Stored<GoldenPass>): Pick<GoldenPass, 'logits' | 'gradients' | 'sampled'> {
  const gradients: Partial<Record<GoldenParameterName, Float32Array>> = {};
  const sampled: Partial<Record<GoldenParameterName, GoldenSample>> = {};
  for (const { name } of part.parameters) {
    const stored = part.gradients[name];
    const { stride, sum, norm } = stored;
    gradients[name] = decodeTensor(view, stored);
    if (stride && sum !== undefined && norm !== undefined) sampled[name] = { stride, sum, norm };
  }
  return {
    logits: decodeTensor(view, part.logits),
    gradients: gradients as Record<GoldenParameterName, Float32Array>,
    sampled,
  };
}

function decodeSmall(view: DataView, part: Stored<GoldenSmall>) {
  return { ...decodePass(view, part), inputGradient: decodeTensor(view, part.gradients.input!) };
}

function decodeTensor(view: DataView, { shape, encoding, offset, stride = 1, scale = 1 }: StoredTensor): Float32Array {
  const count = Math.ceil(size(shape) / stride);
  return Float32Array.from({ length: count }, (_, i) =>
    encoding === 'int16' ? view.getInt16(offset + 2 * i, true) * scale : view.getFloat32(offset + 4 * i, true),
  );
}

/** Number of elements of a shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The hash that everything drawn comes from; make_golden.py gives its definition. */
export function hash32(i: number, seed: number): number {
  let x = (Math.imul(i, 0x9e3779b9) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function uniform(i: number, seed: number): number {
  return (hash32(i, seed) >>> 8) * 2 ** -24;
}

/** `count` values in [-limit, limit). */
export function goldenWeights(seed: number, count: number, limit: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (uniform(i, seed) - 0.5) * 2 * limit);
}

/** All parameters of a part, by name, in the spec's order. */
export function goldenParameters(part: GoldenPass): Record<GoldenParameterName, Float32Array> {
  const drawn = part.parameters.map(({ name, shape, seed, limit }) => [name, goldenWeights(seed, size(shape), limit)]);
  return Object.fromEntries(drawn) as Record<GoldenParameterName, Float32Array>;
}

/** A dropout mask over [N, H, W, C] or [N, D], row-major: 1 where the activation is kept (and doubled), 0 where it is dropped. */
export function goldenMask(seed: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (uniform(i, seed) >= 0.5 ? 1 : 0));
}

/**
 * max|a − b| ÷ max|b|, `a` being the whole tensor and `b` the golden one, every `stride`-th element of it.
 * NaN anywhere gives NaN; lengths that don't fit throw.
 */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, stride = 1): number {
  if (Math.ceil(a.length / stride) !== b.length) {
    throw new Error(`${a.length} values with stride ${stride} cannot be compared with ${b.length}`);
  }
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i * stride]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference / largest;
}
