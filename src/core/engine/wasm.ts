import { SelvedgeError } from '../errors.ts';

/** The little of WebAssembly's interface that the engine needs; neither Node's nor the DOM's types are known here. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, Kernel> };
  Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => GrowableMemory;
};

/** A compiled engine: can be sent to other threads. */
export type EngineModule = object;

/** A shared WebAssembly memory. Its buffer never changes: the engine's memory is made full size and does not grow. */
export interface EngineMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A memory that grows: views of its buffer keep what they showed, but not the new part. */
export interface GrowableMemory extends EngineMemory {
  /** @param pages how many of 64 KiB to add */
  grow(pages: number): number;
}

export type Kernel = (...args: number[]) => void;
export type Kernels = Readonly<Record<string, Kernel>>;

export const pageBytes = 65536;
/** Where WebAssembly's memory ends, less a page and the barrier. */
export const mostBytes = 2 ** 32 - 2 * pageBytes;

export function compileEngine(bytes: Uint8Array): EngineModule {
  return new WebAssembly.Module(bytes);
}

/** @throws SelvedgeError 'bad-spec' when the machine does not have so much */
export function createMemory(bytes: number): EngineMemory {
  const pages = Math.ceil(bytes / pageBytes) + 1;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new SelvedgeError(
      'bad-spec',
      `This machine has no ${(bytes / 2 ** 30).toFixed(1)} GiB of memory for the network.`,
      { cause },
    );
  }
}

/** A memory of one page that grows up to WebAssembly's limit. */
export function createGrowableMemory(): GrowableMemory {
  return new WebAssembly.Memory({ initial: 1, maximum: 2 ** 32 / pageBytes, shared: true });
}

/** One thread's kernels; `scratch` is the address of the memory that is this thread's own. */
export function instantiateKernels(module: EngineModule, memory: EngineMemory, scratch: number): Kernels {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  kernels['setScratch']!(scratch);
  return kernels;
}
