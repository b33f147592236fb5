/**
 * How a parameter begins: zeros; ones; uniform on ±√(6 ÷ (fanIn + fanOut)), Glorot & Bengio 2010, or on ±√(6 ÷ fanIn), He et al. 2015;
 * or as Dirac's delta: filter k passes on channel k, and filters beyond the channels begin as Glorot's.
 */
export type Initializer =
  | { readonly type: 'zeros' }
  | { readonly type: 'ones' }
  | { readonly type: 'glorotUniform' | 'heUniform' | 'dirac'; readonly fanIn: number; readonly fanOut: number };

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
