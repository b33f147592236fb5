declare const kind: unique symbol;

/** A whole number for a kernel (i32 or u32): elements, images, rows. Plain numbers are counts. */
export type Count = number & { readonly [kind]?: 'count' };

/** A float32 for a kernel; made by `float`. */
export type Float = number & { readonly [kind]: 'f32' };

export function float(value: number): Float {
  return value as Float;
}

/** A stretch of the engine's memory that is not placed yet. */
export interface Buffer {
  /** The layer that it belongs to, or another part in words ('the optimizer'): for messages. */
  readonly owner: string;
  readonly bytes: number;
  /**
   * Whether its contents outlive a program's run. Persistent memory begins as zeros. Other buffers share memory with those
   * that are in use at other times, so their contents begin undefined.
   */
  readonly persistent: boolean;
}

/** What a kernel takes as an address: a buffer, or a place in one. */
export type Pointer = Buffer | { readonly buffer: Buffer; readonly offset: number };

/** The address 0, by which kernels know that something is absent. */
export const noAddress: Buffer = { owner: 'nothing', bytes: 0, persistent: true };

/** A buffer whose contents last for one run of a program. */
export function transientBuffer(owner: string, bytes: number): Buffer {
  return { owner, bytes, persistent: false };
}

/** A buffer whose contents last. */
export function persistentBuffer(owner: string, bytes: number): Buffer {
  return { owner, bytes, persistent: true };
}

/** The place `offset` bytes after the start of a buffer. */
export function at(buffer: Buffer, offset: number): Pointer {
  return { buffer, offset };
}

export function bufferOf(pointer: Pointer): Buffer {
  return 'buffer' in pointer ? pointer.buffer : pointer;
}
