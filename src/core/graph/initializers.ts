import type { Initializer } from './layer.ts';

export const kernelInitializers = ['glorotUniform', 'heUniform', 'dirac', 'zeros', 'ones'] as const;
/** How a kernel begins; Keras' names. */
export type KernelInitializer = (typeof kernelInitializers)[number];

/** A layer's option `kernelInitializer`, Glorot's by default. The fans are the kernel's inputs and outputs per position. */
export function kernelInitializer(
  type: KernelInitializer | undefined,
  fans: { readonly fanIn: number; readonly fanOut: number },
): Initializer {
  return { type: type ?? 'glorotUniform', ...fans };
}
