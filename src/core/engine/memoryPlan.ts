import { type Buffer, bufferOf, noAddress, type Pointer } from './buffers.ts';
import type { KernelCall } from './kernelCall.ts';
import { type PlacedCall, stagesOf } from './program.ts';

/** A cache line. */
const alignment = 64;
/** Kernels may read, never write, up to this many bytes past the end of an array: a block of 32 floats, less one. */
const slack = 128;
/** Address 0 means that something is absent. */
const start = 1024;

/** Where a buffer is while the calls `first` to `last` run, counted through all programs. */
export interface Placement {
  readonly buffer: Buffer;
  readonly address: number;
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** The programs, in the order in which they were given. */
  readonly programs: readonly (readonly PlacedCall[])[];
  /** Where memory ends. */
  readonly bytes: number;
  /** Memory that buffers share. */
  readonly shared: { readonly address: number; readonly bytes: number };
  /** The buffers in shared memory. */
  readonly placements: readonly Placement[];
  /** The largest buffer of a layer. */
  readonly largest: Buffer;
  /** The address of a buffer that is persistent or kept. */
  addressOf(buffer: Buffer): number;
}

interface Lifetime {
  readonly buffer: Buffer;
  first: number;
  last: number;
}

function roundUp(bytes: number): number {
  return Math.ceil((bytes + slack) / alignment) * alignment;
}

/**
 * Gives every buffer that the programs use an address. Persistent and kept buffers have memory of their own. Any other is in
 * use from the first stage of calls that names it to the last, and shares its memory with buffers that are in use at other times.
 * @param sequences programs that run one after the other on the same images, so that contents pass between them
 * @param kept buffers that are written before a run or read after it
 */
export function planMemory(
  sequences: readonly (readonly (readonly KernelCall[])[])[],
  kept: Iterable<Buffer> = [],
): MemoryPlan {
  const addresses = new Map<Buffer, number>([[noAddress, 0]]);
  let end = start;
  const placeAlone = (buffer: Buffer) => {
    if (addresses.has(buffer)) return;
    addresses.set(buffer, end);
    end += roundUp(buffer.bytes);
  };
  for (const buffer of kept) placeAlone(buffer);
  let call = 0;
  const lifetimes = sequences.map((programs) => {
    const found = new Map<Buffer, Lifetime>();
    for (const calls of programs.flatMap(stagesOf).map((stage) => stage.flatMap((chain) => chain.calls))) {
      // A thread may be at the end of a stage while another begins it.
      const last = call + calls.length - 1;
      for (const buffer of calls.flatMap(({ args }) => args.filter(isPointer).map(bufferOf))) {
        if (buffer.persistent) placeAlone(buffer);
        if (addresses.has(buffer)) continue;
        const known = found.get(buffer);
        if (known) known.last = last;
        else found.set(buffer, { buffer, first: call, last });
      }
      call = last + 1;
    }
    return [...found.values()];
  });

  const base = end;
  const bySequence = lifetimes.map((buffers) => share(buffers, base));
  const placements = bySequence.flat();
  for (const { buffer, address } of placements) end = Math.max(end, address + roundUp(buffer.bytes));

  const programs = sequences.flatMap((group, sequence) => {
    const shared = new Map(bySequence[sequence]!.map((p) => [p.buffer, p.address]));
    const resolve = (pointer: Pointer) => {
      const buffer = bufferOf(pointer);
      return (addresses.get(buffer) ?? shared.get(buffer)!) + ('buffer' in pointer ? pointer.offset : 0);
    };
    return group.map((calls) =>
      calls.map(({ kernel, owner, args, units, chunkSize, aside, offsets }): PlacedCall => {
        const placed = args.map((arg) => (isPointer(arg) ? resolve(arg) : Number(arg)));
        return { kernel, owner, args: placed, units, chunkSize, aside, offsets };
      }),
    );
  });
  return {
    programs,
    bytes: end,
    shared: { address: base, bytes: end - base },
    placements,
    largest: [...addresses.keys(), ...placements.map(({ buffer }) => buffer)]
      .filter(({ owner }) => !owner.startsWith('the '))
      .reduce((a, b) => (b.bytes > a.bytes ? b : a), noAddress),
    addressOf(buffer) {
      const address = addresses.get(buffer);
      if (address === undefined) throw new Error(`a buffer of ${buffer.owner} is neither persistent nor kept`);
      return address;
    },
  };
}

function isPointer(arg: Pointer | number | boolean): arg is Pointer {
  return typeof arg === 'object';
}

/** Largest first, each as low as it fits beside those that are in use at the same time. */
function share(lifetimes: readonly Lifetime[], base: number): Placement[] {
  const placed: Placement[] = [];
  for (const lifetime of [...lifetimes].sort((a, b) => b.buffer.bytes - a.buffer.bytes)) {
    const size = roundUp(lifetime.buffer.bytes);
    const beside = placed
      .filter(({ first, last }) => first <= lifetime.last && last >= lifetime.first)
      .sort((a, b) => a.address - b.address);
    let address = base;
    for (const other of beside) {
      if (other.address >= address + size) break;
      address = Math.max(address, other.address + roundUp(other.buffer.bytes));
    }
    placed.push({ buffer: lifetime.buffer, address, first: lifetime.first, last: lifetime.last });
  }
  return placed;
}
