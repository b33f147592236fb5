import { noAddress, type Pointer } from './buffers.ts';
import { type KernelArguments, kernelParameters } from './generatedKernels.ts';
import type { PlacedCall, Units } from './program.ts';

export type KernelName = keyof KernelArguments;

/** The arguments of a kernel that are addresses. */
type PointersOf<K extends KernelName> = {
  [Name in keyof KernelArguments[K]]: KernelArguments[K][Name] extends Pointer ? Name : never;
}[keyof KernelArguments[K]];

/** How a call is spread over threads. */
export interface Spread<K extends KernelName> {
  readonly units: Units;
  /** Units that one thread takes at a time. */
  readonly chunkSize: number;
  /** See `PlacedCall`; false by default. */
  readonly aside?: boolean;
  /** Addresses that advance with the first image of the micro-batch: bytes per image. */
  readonly perImage?: { readonly [Name in PointersOf<K>]?: number };
}

/** A kernel call in which buffers have no addresses yet. */
export interface KernelCall extends Omit<PlacedCall, 'kernel' | 'args'> {
  readonly kernel: KernelName;
  /** In the kernel's order. */
  readonly args: readonly (Pointer | number | boolean)[];
}

/** A call of a kernel, its arguments by name. */
export function kernelCall<K extends KernelName>(
  owner: string,
  kernel: K,
  args: KernelArguments[K],
  { units, chunkSize, aside = false, perImage = {} }: Spread<K>,
): KernelCall {
  const names = kernelParameters[kernel] as readonly (keyof KernelArguments[K])[];
  return {
    kernel,
    owner,
    args: names.map((name) => args[name] as Pointer | number | boolean),
    units,
    chunkSize,
    aside,
    offsets: names.flatMap((name, i) => {
      const bytes = (perImage as Partial<Record<keyof KernelArguments[K], number>>)[name];
      return bytes === undefined || args[name] === noAddress ? [] : [[i, bytes] as const];
    }),
  };
}
