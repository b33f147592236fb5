/** Hands out addresses in a memory that does not exist yet; the memory is made once everything is placed. */
export interface Arena {
  /** Address of `bytes` bytes, aligned to a cache line. */
  allocate(bytes: number): number;
  /** Bytes handed out so far. */
  size(): number;
}

const alignment = 64;

/** Kernels may read, never write, up to this many bytes past the end of an array. */
const slack = 64;

export function createArena(start: number): Arena {
  let next = Math.ceil(start / alignment) * alignment;
  return {
    allocate(bytes) {
      const address = next;
      next = Math.ceil((next + bytes + slack) / alignment) * alignment;
      return address;
    },
    size: () => next,
  };
}
