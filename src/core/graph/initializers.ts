/**
 * How a parameter begins: zeros; ones; uniform on ±√(6 ÷ (fanIn + fanOut)), Glorot & Bengio 2010, or on ±√(6 ÷ fanIn), He et al. 2015;
 * normal with the variance 2 ÷ fanIn, He et al. 2015, cut at two standard deviations as Keras' HeNormal; as Dirac's delta: filter k passes
 * on channel k, and filters beyond the channels begin as Glorot's; or from the training images: see `whitenedKernel`.
 */
export type Initializer =
  | { readonly type: 'zeros' }
  | { readonly type: 'ones' }
  | {
      readonly type: 'glorotUniform' | 'heUniform' | 'heNormal' | 'dirac' | 'patchWhitening';
      readonly fanIn: number;
      readonly fanOut: number;
    };

export const kernelInitializers = ['glorotUniform', 'heUniform', 'heNormal', 'dirac', 'zeros', 'ones'] as const;
/** How a kernel begins; Keras' names. */
export type KernelInitializer = (typeof kernelInitializers)[number];

export const convolutionInitializers = [...kernelInitializers, 'patchWhitening'] as const;
/** How the kernel of a convolution begins. */
export type ConvolutionInitializer = (typeof convolutionInitializers)[number];

/** A layer's option `kernelInitializer`, Glorot's by default. The fans are the kernel's inputs and outputs per position. */
export function kernelInitializer(
  type: ConvolutionInitializer | undefined,
  fans: { readonly fanIn: number; readonly fanOut: number },
): Initializer {
  return { type: type ?? 'glorotUniform', ...fans };
}
