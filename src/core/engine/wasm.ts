import { SelvedgeError } from '../errors.ts';

/** The little of WebAssembly's interface that the engine needs; neither Node's nor the DOM's types are at hand here. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, Kernel> };
  Memory: new (descriptor: { initial: number; maximum: number; shared: boolean }) => EngineMemory;
};

/** A compiled engine: can be sent to other threads. */
export type EngineModule = object;

/** A shared WebAssembly memory. Its buffer never changes: the engine's memory is made full size and does not grow. */
export interface EngineMemory {
  readonly buffer: SharedArrayBuffer;
}

export type Kernel = (...args: number[]) => void;
export type Kernels = Readonly<Record<string, Kernel>>;

const pageBytes = 65536;
/** 4 GiB, where WebAssembly's memory ends. */
const mostPages = 65536;

export function compileEngine(bytes: Uint8Array): EngineModule {
  return new WebAssembly.Module(bytes);
}

/** @throws SelvedgeError 'bad-spec' when a network needs more than there can be */
export function createMemory(bytes: number): EngineMemory {
  const pages = Math.ceil(bytes / pageBytes) + 1;
  if (pages > mostPages) {
    throw new SelvedgeError(
      'bad-spec',
      `The network needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory, but an engine can have 4; make its layers smaller.`,
    );
  }
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** One thread's kernels; `scratch` is the address of the memory that is this thread's own. */
export function instantiateKernels(module: EngineModule, memory: EngineMemory, scratch: number): Kernels {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  kernels['setScratch']!(scratch);
  return kernels;
}
