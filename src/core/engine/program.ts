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
  /**
   * Whether threads go on to the next calls before all units are done: nothing up to the end of the stage needs what they write, and
   * they need nothing that is written there.
   */
  readonly aside: boolean;
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

/** Chains that threads share out together, and meet after the last: calls aside, and the chain behind them. */
export type Stage<Call> = readonly Chain<Call>[];

/** A program's calls in stages. Neighbours whose units are images make a chain. */
export function stagesOf<Call extends Pick<PlacedCall, 'units' | 'aside'>>(
  calls: readonly Call[],
): readonly Stage<Call>[] {
  const stages: { calls: Call[]; images: number | null }[][] = [];
  let isOpen = false;
  for (const call of calls) {
    const own = imagesPerUnit(call.units);
    const images = own !== null && mostPerUnit % own === 0 ? own : null;
    const last = isOpen ? undefined : stages.at(-1)?.at(-1);
    if (!call.aside && images !== null && last?.images) {
      last.calls.push(call);
      last.images = Math.max(last.images, images);
      continue;
    }
    const chain = { calls: [call], images };
    if (isOpen) stages.at(-1)!.push(chain);
    else stages.push([chain]);
    isOpen = call.aside;
  }
  return stages;
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
