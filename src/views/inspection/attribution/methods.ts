import type { AttributionMethod, MethodPlace } from '../../../core/inspection/record.ts';
import type { Citation } from '../citation.ts';

/** An attribution method. */
export interface MethodDescription {
  readonly name: string;
  /** How its map is computed, in one sentence. */
  readonly short: string;
  readonly source: Citation;
  /** A known limitation, and its source. */
  readonly warning?: { readonly text: string; readonly source: Citation };
}

/** The sanity check with randomised weights. */
export const sanityChecks: Citation = { name: 'Adebayo et al. 2018', href: 'https://arxiv.org/abs/1810.03292' };

/** Deletion and insertion. */
export const rise: Citation = { name: 'Petsiuk et al. 2018', href: 'https://arxiv.org/abs/1806.07421' };

/** Every attribution method's name, explanation and source. */
export const methods: Readonly<Record<AttributionMethod, MethodDescription>> = {
  gradient: {
    name: 'Gradient',
    short: 'The derivative of the class’ logit with respect to each pixel.',
    source: { name: 'Simonyan et al. 2013', href: 'https://arxiv.org/abs/1312.6034' },
  },
  smoothGrad: {
    name: 'SmoothGrad',
    short: 'The mean gradient over copies of the image with Gaussian noise.',
    source: { name: 'Smilkov et al. 2017', href: 'https://arxiv.org/abs/1706.03825' },
  },
  integratedGradients: {
    name: 'Integrated gradients',
    short:
      'The gradients integrated along the straight path from a black image to this one; they add up to the change of the logit.',
    source: { name: 'Sundararajan et al. 2017', href: 'https://arxiv.org/abs/1703.01365' },
  },
  gradCam: {
    name: 'Grad-CAM',
    short:
      'The sum of one layer’s feature maps, each weighted by its mean gradient; the paper keeps positive values only, here the sign is kept.',
    source: { name: 'Selvaraju et al. 2017', href: 'https://arxiv.org/abs/1610.02391' },
  },
  gradCamPlusPlus: {
    name: 'Grad-CAM++',
    short: 'Grad-CAM with weights from the positive gradients at each position.',
    source: { name: 'Chattopadhay et al. 2018', href: 'https://arxiv.org/abs/1710.11063' },
  },
  guidedBackprop: {
    name: 'Guided backprop',
    short: 'The gradient, with negative values set to zero at each ReLU of the backward pass.',
    source: { name: 'Springenberg et al. 2014', href: 'https://arxiv.org/abs/1412.6806' },
    warning: {
      text: 'It is nearly independent of the weights: it emphasises the image’s edges rather than explaining the model.',
      source: sanityChecks,
    },
  },
  occlusion: {
    name: 'Occlusion',
    short: 'The decrease of the class’ logit when a patch of the image is covered.',
    source: { name: 'Zeiler & Fergus 2013', href: 'https://arxiv.org/abs/1311.2901' },
  },
  lrp: {
    name: 'LRP-ε',
    short: 'The logit redistributed layer by layer, to each input in proportion to its contribution.',
    source: { name: 'Bach et al. 2015', href: 'https://doi.org/10.1371/journal.pone.0130140' },
  },
  mapRemoval: {
    name: 'Ablation-CAM',
    short: 'The sum of one layer’s feature maps, each weighted by the decrease of the logit when it is ablated.',
    source: { name: 'Desai & Ramaswamy 2020', href: 'https://doi.org/10.1109/WACV45572.2020.9093360' },
  },
};

/** "Grad-CAM at conv2d_1"; without a layer the name alone. */
export function methodName({ method, layer }: MethodPlace): string {
  return layer === null ? methods[method].name : `${methods[method].name} at ${layer}`;
}
