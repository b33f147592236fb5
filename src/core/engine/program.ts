/** A fixed number of units of work, one per image of the micro-batch, or a fraction per image, rounded up in sum. */
export type Units = number | 'images' | { readonly perImage: number };

/** One kernel call, spread over units of work that do not depend on each other. */
export interface PlacedCall {
  readonly kernel: string;
  /** The layer that the call works for, or another part ('loss', 'update'): for profiles and error messages. */
  readonly owner: string;
  readonly args: readonly number[];
  readonly units: Units;
  /** Units that one thread takes at a time. */
  readonly chunkSize: number;
  /** Arguments that advance with the first image of the micro-batch: index into `args`, and bytes per image. */
  readonly offsets: readonly (readonly [argument: number, bytesPerImage: number])[];
}

export type Program = readonly PlacedCall[];

/** Images that a unit covers, where units are whole images in order; null for other units. */
export function imagesPerUnit(units: Units): number | null {
  if (units === 'images') return 1;
  if (typeof units === 'number') return null;
  const images = 1 / units.perImage;
  return Number.isInteger(images) ? images : null;
}

/** The most images that a unit of a chain's calls may cover. */
const mostPerUnit = 4;

/** Calls of which each needs, of the ones before it, the same images only. A thread takes some images through all, so that they stay in its cache. */
export interface Chain<Call> {
  readonly calls: readonly Call[];
  /** Images of the largest unit; null for a single call whose units are no images. */
  readonly images: number | null;
}

/** A program's calls in chains: neighbours whose units are images. */
export function chainsOf<Call extends Pick<PlacedCall, 'units'>>(calls: readonly Call[]): readonly Chain<Call>[] {
  const chains: { calls: Call[]; images: number | null }[] = [];
  for (const call of calls) {
    const own = imagesPerUnit(call.units);
    const images = own !== null && mostPerUnit % own === 0 ? own : null;
    const last = chains.at(-1);
    if (images !== null && last?.images) {
      last.calls.push(call);
      last.images = Math.max(last.images, images);
    } else chains.push({ calls: [call], images });
  }
  return chains;
}

/** Images of a chain that a thread takes at a time: more cost fewer calls, but few images are shared out one by one. */
export function imagesAtOnce(largest: number, count: number): number {
  return count < 100 ? largest : mostPerUnit;
}

/** Runs program number `program` on `count` images, the first of which is at slot `offset` of the staging area. */
export interface Job {
  readonly program: number;
  readonly offset: number;
  readonly count: number;
}

export function unitsOf({ units }: PlacedCall, count: number): number {
  if (units === 'images') return count;
  return typeof units === 'number' ? units : Math.ceil(units.perImage * count);
}

/** The call's arguments for a micro-batch that begins at slot `offset`. */
export function argumentsAt(call: PlacedCall, offset: number): readonly number[] {
  if (call.offsets.length === 0 || offset === 0) return call.args;
  const args = [...call.args];
  for (const [argument, bytes] of call.offsets) args[argument] = args[argument]! + offset * bytes;
  return args;
}
