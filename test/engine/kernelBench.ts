import { createMemory, instantiateKernels, type Kernels } from '../../src/core/engine/wasm.ts';
import { engineModule } from './engines.ts';

/** A memory to call single kernels over. Arrays are placed one behind the other; the gaps are full of NaN. */
export interface KernelBench {
  readonly kernels: Kernels;
  /** Places float32 values; gives their address. */
  floats(values: ArrayLike<number>): number;
  words(values: ArrayLike<number>): number;
  zeros(count: number): number;
  read(address: number, count: number): Float32Array;
  readBytes(address: number, count: number): Uint8Array;
}

export function onKernelBench<T>(use: (bench: KernelBench) => T, megabytes = 1): T {
  const memory = createMemory(megabytes * 2 ** 20);
  new Uint8Array(memory.buffer).fill(0xff);
  let next = 1024;
  const place = (values: Float32Array | Uint32Array) => {
    const address = next;
    next = Math.ceil((next + values.byteLength + 64) / 64) * 64;
    new Uint8Array(memory.buffer, address, values.byteLength).set(new Uint8Array(values.buffer));
    return address;
  };
  return use({
    kernels: instantiateKernels(engineModule, memory, memory.buffer.byteLength - 65536),
    floats: (values) => place(Float32Array.from(values)),
    words: (values) => place(Uint32Array.from(values)),
    zeros: (count) => place(new Float32Array(count)),
    read: (address, count) => new Float32Array(memory.buffer, address, count).slice(),
    readBytes: (address, count) => new Uint8Array(memory.buffer, address, count).slice(),
  });
}
